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
    name: "a cancel while a run is undone leaves what was undone to be kept",
    file: "end-run.ts",
    replace: "context.cutOff = undefined;",
    by: "{}",
    seenBy: ", which was undone",
    seldom:
      "it takes a cut, a checkpoint or a repeat at the one moment that counts, which none of the first 60 seeds has",
  },
  {
    name: "a scope that is cut off goes without its `finally`",
    file: "leftovers.ts",
    replace: "if (input !== undefined) {",
    by: "if (input === undefined) {",
    seenBy: "went without its last part",
  },
  {
    name: "a kept scope is not undone when the redrive fails",
    file: "composites/scope.ts",
    replace: "if (own.undo >= 0) noteUndo(run, node, input, kept);",
    by: "",
    seenBy: "and was not undone",
    seldom:
      "it takes a cut, a checkpoint or a repeat at the one moment that counts, which none of the first 60 seeds has",
  },
  {
    name: "what lies in a cancelled node goes on",
    file: "fail.ts",
    replace: "if (context.run.states[node] !== nodeCode.blocked) closeNode",
    by: 'if (context.run.states[node] !== nodeCode.blocked && step !== "cancel") closeNode',
    seenBy: "attempts are under way and",
  },
  {
    name: "what is cut off while it is undone is not undone to its end",
    file: "leftovers.ts",
    replace: "for (const one of found.left) leftovers.left.push(one);\n  for (const node of found.running)",
    by: "for (const node of found.running)",
    notSeen:
      "seldom: it takes much that comes together in few of the seeds; seen by `packages/coordinator/src/fold/composites/scope.test.ts`",
  },
  {
    name: "what is being undone when it is cut off is not waited for",
    file: "leftovers.ts",
    replace: "for (const node of found.running) leftovers.running.push(node);",
    by: "",
    notSeen:
      "seldom: it takes much that comes together in few of the seeds; seen by `packages/coordinator/src/fold/composites/scope.test.ts`",
  },
  {
    name: "a scope that has succeeded is not noted to be undone",
    file: "composites/scope.ts",
    replace: "if (own.undo >= 0 && input !== undefined) noteUndo(run, node, input, value);",
    by: "",
    seenBy: "has succeeded in what has failed, and was not undone",
  },
  {
    name: "what a failed task of an item counted as under way stays counted",
    file: "fail.ts",
    replace: "run.inFlight--;",
    by: "",
    seenBy: "attempts are under way and",
  },
]);
