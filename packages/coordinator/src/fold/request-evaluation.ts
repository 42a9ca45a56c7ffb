import type { FoldContext } from "./fold-context.ts";

/** Asks for the value of a target; the run goes on when `expression.evaluated` with it is in the log. */
export function requestEvaluation(context: FoldContext, target: string): void {
  const { run } = context;
  run.evaluations ??= new Set();
  run.evaluations.add(target);
  context.commands.push({ type: "evaluate", target });
}
