import type { TimerFired } from "@arpeggio/core";
import { DispatchCommand } from "./commands.ts";
import { endRun } from "./end-run.ts";
import { beginRound } from "./composites/loop.ts";
import type { FoldContext } from "./fold-context.ts";
import { hold } from "./hold.ts";
import { beginDelayed, expire, timeOut } from "./node-times.ts";
import { ownName } from "../run/round-names.ts";
import { attemptOf, stepNode } from "../run/run-state.ts";
import { parseTimer, TIMEOUT_TIMER } from "../run/timer-ids.ts";

/** A timer is due; one that was given up on meanwhile changes nothing. */
export function timerFired(context: FoldContext, { timer: fired }: TimerFired): void {
  const { run } = context;
  const timer = ownName(run, fired);
  if (timer === undefined || run.timers?.delete(timer) !== true) return;
  if (timer === TIMEOUT_TIMER) {
    const message = `the run did not end within ${run.start.timeoutMs} ms`;
    return endRun(context, "failed", { code: "RUN_TIMED_OUT", message }, { compensates: true });
  }
  const { what, node } = parseTimer(timer) ?? {};
  if (node === undefined) return;
  if (what === "expire") expire(context, node);
  else if (what === "within") timeOut(context, node);
  else if (!hold(run, timer)) goOn(context, timer);
}

/** What a timer was waited for begins. */
export function goOn(context: FoldContext, timer: string): void {
  const { what, node } = parseTimer(timer) ?? {};
  if (node === undefined) return;
  if (what === "retry") nextAttempt(context, node);
  else if (what === "begin") beginDelayed(context, node);
  else if (what === "round") beginRound(context, node);
}

function nextAttempt({ run, commands }: FoldContext, node: number): void {
  if (!stepNode(run, node, "wake")) return;
  const attempt = attemptOf(run, node) + 1;
  run.attempts ??= new Map();
  run.attempts.set(node, attempt);
  commands.push(new DispatchCommand(node, attempt));
}
