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
    seldom:
      "it takes a cut, a checkpoint or a repeat at the one moment that counts, which none of the first 60 seeds has",
  },
  {
    name: "nodes are released in a paused run",
    file: "release.ts",
    replace: "if (extras.paused !== undefined) {",
    by: "if (false) {",
    seenBy: "begins while the run is paused",
  },
  {
    name: "a signal that comes again counts again",
    file: "composites/signal.ts",
    replace: "if (ids.has(id)) return false;",
    by: "if (ids.has(id)) {}",
    seenBy: "signals and got",
    seldom:
      "it takes a cut, a checkpoint or a repeat at the one moment that counts, which none of the first 60 seeds has",
  },
  {
    name: "a redrive runs again what it had to keep",
    file: "release.ts",
    replace: "if (extras.kept !== undefined && succeedKept(context, node, plan)) return;",
    by: "",
    seenBy: "although",
  },
  {
    name: "what a pause held back and was closed meanwhile begins at its end",
    file: "pause.ts",
    replace: "else if (run.states[one] === nodeCode.blocked) release",
    by: "else release",
    notSeen: "nothing comes of it: a closed node has no way to begin",
  },
  {
    name: "a signal goes to the node that has waited the shortest",
    file: "composites/signal.ts",
    replace: "let node = waiting?.shift(); node !== undefined; node = waiting?.shift()",
    by: "let node = waiting?.pop(); node !== undefined; node = waiting?.pop()",
    notSeen: "the signals of a world are all alike; seen by `packages/coordinator/src/fold/control-events.test.ts`",
  },
  {
    name: "a resumed run forgets what the pause held back",
    file: "pause.ts",
    replace: "const held = extras.held ?? [];",
    by: "const held = [];",
    seenBy: "is blocked, but nothing is missing",
  },
]);
