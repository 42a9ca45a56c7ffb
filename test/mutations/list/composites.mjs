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
    name: "a canvas takes the place of a task that has ended",
    file: "composites/replacement.ts",
    replace: "if (!isCurrent(run, event)) return;",
    by: "if (!isCurrent(run, event)) {}",
    seenBy: "attempts are under way and",
    seldom:
      "it takes a cut, a checkpoint or a repeat at the one moment that counts, which none of the first 60 seeds has",
  },
  {
    name: "a second canvas in a task's place is taken for the first one",
    file: "composites/replacement.ts",
    replace: "run.extras?.plans?.get(graph)",
    by: "run.extras?.plans?.values().next().value",
    seenBy: "than it means",
    seldom:
      "it takes a cut, a checkpoint or a repeat at the one moment that counts, which none of the first 60 seeds has",
  },
  {
    name: "the branches that have lost go on",
    file: "composites/branches.ts",
    replace: 'closeItem(context, other, 0, "skip");',
    by: "{}",
    seenBy: "but the run has failed",
  },
  {
    name: "one failed item more than allowed",
    file: "composites/map-items.ts",
    replace: "exceeds(own.maxFailures, composite.failed, width)",
    by: "exceeds(own.maxFailures, composite.failed - 1, width)",
    seenBy: "items have failed",
  },
  {
    name: "a quorum is reached one branch too early",
    file: "composites/branches.ts",
    replace: "composite.ended - composite.failed < own.count",
    by: "composite.ended - composite.failed < own.count - 1",
    seenBy: "branches have",
  },
  {
    name: "the time between rounds is ignored",
    file: "composites/loop.ts",
    replace: "if (own.everyMs > 0) arm",
    by: "if (false) arm",
    notSeen:
      "no checker knows how far apart rounds must be; seen by `packages/coordinator/src/fold/composites/choose-loop.test.ts`",
  },
  {
    name: "the value of an item that settles is not told as a success",
    file: "end-item.ts",
    replace: "settles(context, scope) ? successOf(value) : value",
    by: "value",
    seenBy: "has come to another value than it means",
  },
]);
