import type { FoldContext } from "./fold-context.ts";
import type { NodePlan } from "../run/plan.ts";
import { stepNode } from "../run/run-state.ts";

/** Starts a node all of whose needs have ended well. */
export function release(context: FoldContext, node: number, plan: NodePlan): void {
  if (plan.kind === "map") {
    if (stepNode(context.run, node, "open")) context.agenda.push({ todo: "open", node });
  } else if (stepNode(context.run, node, "release")) {
    context.run.inFlight++;
    context.commands.push({ type: "dispatch", node, attempt: 1 });
  }
}
