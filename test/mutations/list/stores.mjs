import { inFolder } from "./in-folder.mjs";

/** States, outcomes, and who tidies up. */
export const storesMutations = inFolder("packages/coordinator/src/runtime", [
  {
    name: "the mark passes runs that have no state",
    file: "checkpointer.ts",
    replace: "this.#oldest() ?? cut",
    by: "cut",
    seenBy: "RunNotFoundError",
  },
  {
    name: "a state claims one message more than it has",
    file: "checkpointer.ts",
    replace: "encodeRun(run.state, run.sequence)",
    by: "encodeRun(run.state, run.sequence + 1)",
    seenBy: "comes to something else from one of its checkpoints",
  },
  {
    name: "an outcome is stored under the run alone",
    file: "outcomes.ts",
    replace: "return `${run}.${client}`;",
    by: "return `${run}.client`;",
    seenBy: "is stored under",
  },
  {
    name: "the janitor removes nothing",
    file: "janitor.ts",
    replace: "return isSame && owner.mark >= before.folded;",
    by: "return false;",
    seenBy: "is still stored",
  },
]);
