import { DispatchCommand } from "./commands.ts";
import type { FoldContext } from "./fold-context.ts";
import { succeedKept } from "./kept.ts";
import { startTiming } from "./timing.ts";
import type { NodePlan } from "../run/plan.ts";
import { stepNode } from "../run/run-state.ts";

/** Starts a node all of whose needs have ended well. */
export function release(context: FoldContext, node: number, plan: NodePlan): void {
  const { extras } = context.run;
  if (extras !== undefined) {
    if (extras.paused !== undefined) {
      (extras.held ??= new Set()).add(node);
      return;
    }
    if (extras.kept !== undefined && succeedKept(context, node, plan)) return;
  }
  if (plan.timing === undefined || !startTiming(context, node, plan, plan.timing)) begin(context, node, plan);
}

/** Its time has come, too. */
export function begin(context: FoldContext, node: number, plan: NodePlan): void {
  if (plan.kind !== "task") {
    if (stepNode(context.run, node, "open")) context.agenda.push({ todo: "open", node });
  } else if (stepNode(context.run, node, "release")) {
    context.run.inFlight++;
    context.commands.push(new DispatchCommand(node, 1));
  }
}
