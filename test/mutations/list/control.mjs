import { inFolder } from "./in-folder.mjs";

/** Pauses, signals and redrives. */
export const controlMutations = inFolder("packages/coordinator/src/fold", [
  {
    name: "a run that was undone leaves all that had succeeded to be kept",
    file: "remains.ts",
    replace: "found.addAll(cutOff ?? []);",
    by: "found.addAll(cutOff ?? [{ scope: root, item: 0 }]);",
    seenBy: ", which was undone",
  },
  {
    name: "what is left to be kept has another node's result",
    file: "remains.ts",
    replace: "resultOf(run, node) ?? dropped?.get(node)",
    by: "resultOf(run, node) ?? dropped?.get(node - 1)",
    seenBy: "keeps another result of",
  },
  {
    name: "nodes are released in a paused run",
    file: "release.ts",
    replace: "if (extras.paused !== undefined) {",
    by: "if (false) {",
    seenBy: "begins while the run is paused",
  },
  {
    name: "a redrive runs again what it had to keep",
    file: "release.ts",
    replace: "if (extras.kept !== undefined && succeedKept(context, node, plan)) return;",
    by: "",
    seenBy: "although",
  },
]);
