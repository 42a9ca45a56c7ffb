import { inFolder } from "./in-folder.mjs";

/** Maps, branches, choices, loops and canvases in the place of tasks. */
export const compositesMutations = inFolder("packages/coordinator/src/fold", [
  {
    name: "undos in a part are forgotten when it succeeds",
    file: "end-item.ts",
    replace: "if (run.extras?.undos !== undefined) passUndosOn(run, scope, item);",
    by: "",
    seenBy: "has succeeded in what has failed, and was not undone",
  },
  {
    name: "the branches that have lost go on",
    file: "composites/branches.ts",
    replace: 'closeItem(context, other, 0, "skip");',
    by: "{}",
    seenBy: "but the run has cancelled",
  },
]);
