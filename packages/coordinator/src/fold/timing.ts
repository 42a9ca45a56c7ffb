import { MOMENT_MS_MAX } from "@arpeggio/core";
import type { NodeTiming } from "@arpeggio/core";
import type { FoldContext } from "./fold-context.ts";
import type { NodePlan } from "../run/plan.ts";
import { stepNode } from "../run/run-state.ts";
import type { RunState } from "../run/run-state.ts";
import { beginTimer, expireTimer, withinTimer } from "../run/timer-ids.ts";

/** Arms what a node's times ask for; true if it has to wait before it may begin. */
export function startTiming(context: FoldContext, node: number, plan: NodePlan, timing: NodeTiming): boolean {
  const { run, timestampMs } = context;
  const { delayMs = 0, atMs = 0, expiresMs, withinMs } = timing;
  if (expiresMs !== undefined) arm(context, expireTimer(node), timestampMs + expiresMs);
  if (withinMs !== undefined) arm(context, withinTimer(node), timestampMs + withinMs);
  const beginsAtMs = Math.max(timestampMs + delayMs, atMs);
  if (beginsAtMs <= timestampMs || !stepNode(run, node, "delay")) return false;
  if (plan.kind === "task") run.inFlight++;
  arm(context, beginTimer(node), beginsAtMs);
  return true;
}

/** A timer that the fold has armed; when it is due, `timer.fired` comes. */
export function arm({ run, commands }: FoldContext, timer: string, atMs: number): void {
  // Whoever looks at the run is told when it is due: what comes later than any date comes at the last of them.
  const dueAtMs = Math.min(atMs, MOMENT_MS_MAX);
  run.timers ??= new Map();
  run.timers.set(timer, dueAtMs);
  commands.push({ type: "arm", timer, dueAtMs });
}

/** The node has ended: none of its times matters any more. */
export function dropTiming({ timers }: RunState, node: number): void {
  if (timers === undefined) return;
  timers.delete(beginTimer(node));
  timers.delete(expireTimer(node));
  timers.delete(withinTimer(node));
}
