import { inFolder } from "./in-folder.mjs";

/** Scopes, undoing, failures and cancels. */
export const undoingMutations = inFolder("packages/coordinator/src/fold", [
  {
    name: "what is to be undone is undone the first first",
    file: "end-part.ts",
    replace: "left.sort((a, b) => a.order - b.order);",
    by: "left.sort((a, b) => b.order - a.order);",
    seenBy: "is not in its order",
  },
  {
    name: "only the last scope is undone",
    file: "end-part.ts",
    replace: "left.sort((a, b) => a.order - b.order);",
    by: "left.sort((a, b) => a.order - b.order).splice(0, left.length - 1);",
    seenBy: "has succeeded in what has failed, and was not undone",
  },
  {
    name: "a scope that is cut off goes without its `finally`",
    file: "leftovers.ts",
    replace: "if (input !== undefined) {",
    by: "if (input === undefined) {",
    seenBy: "went without its last part",
  },
  {
    name: "what lies in a cancelled node goes on",
    file: "fail.ts",
    replace: "if (context.run.states[node] !== nodeCode.blocked) closeNode",
    by: 'if (context.run.states[node] !== nodeCode.blocked && step !== "cancel") closeNode',
    seenBy: "but the run has failed",
  },
]);
