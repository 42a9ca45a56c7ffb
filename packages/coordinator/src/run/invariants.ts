import { decisionViolations } from "./decision-invariants.ts";
import { canBegin } from "./item-window.ts";
import { parseTimer } from "./timer-ids.ts";
import { nodePathOf } from "./node-path.ts";
import { hasEnded, nodeCode } from "./node-table.ts";
import type { NodePlan } from "./plan.ts";
import { isRunEnded } from "./run-machine.ts";
import { isAttempted, resultOf, stateOf } from "./run-state.ts";
import type { RunState } from "./run-state.ts";
import { firstNodeOf } from "./scope.ts";
import type { Scope } from "./scope.ts";
import { undoingViolations } from "./undoing-invariants.ts";
import { hasWaker } from "./wakers.ts";

/**
 * What does not hold in a run between two events; empty for a sound one. Costs a look at every node and edge, so it is
 * for tests and simulation.
 */
export function violationsOf(run: RunState): readonly string[] {
  const found: string[] = [];
  const ended = isRunEnded(run.life);
  // A paused run waits to be resumed, and perhaps for nothing else.
  let movable = beginnings(run) + (run.evaluations?.size ?? 0) + (run.extras?.paused === undefined ? 0 : 1);
  let inFlight = 0;
  for (const scope of run.scopes) {
    for (let item = 0; item < scope.width; item++) {
      const first = firstNodeOf(scope, item);
      checkUsers(run, scope, first, found);
      for (const plan of scope.level.nodes) {
        const node = first + plan.index;
        const wrong = (what: string) => found.push(`${nodePathOf(run, node)} is ${stateOf(run, node)}, but ${what}`);
        const state = run.states[node] as number;
        if (ended && !hasEnded(state)) wrong(`the run has ${run.life}`);
        checkNeeds(run, plan, first, { wrong, isBegun: item < scope.begun });
        const isUnderWay = !hasEnded(state) && state !== nodeCode.blocked;
        if (isUnderWay && isAttempted(run, plan, node)) inFlight++;
        checkResult(run, plan, node, wrong);
        if (!isUnderWay) continue;
        if (!hasWaker(run, plan, node)) wrong("nothing wakes it");
        // Others move only with what lies in them.
        if (plan.kind === "signal" || isAttempted(run, plan, node)) movable++;
      }
    }
  }
  if (run.inFlight !== inFlight) found.push(`${inFlight} attempts are under way and ${run.inFlight} are counted`);
  const room = run.limits.inFlightMax - inFlight - (run.evaluations?.size ?? 0);
  const unbegun = run.scopes.filter((scope) => canBegin(run, scope)).map(({ index }) => index);
  if (!ended && unbegun.length > 0 && room > 0 && run.extras?.paused === undefined)
    found.push(`items of scopes ${unbegun.join()} wait though there is room`);
  if (!ended && unbegun.join() !== (run.unbegun ?? []).filter((index) => unbegun.includes(index)).join())
    found.push(`items of scopes ${unbegun.join()} have not begun, and ${run.unbegun?.join()} are known`);
  for (const timer of run.timers?.keys() ?? []) {
    const { what, node } = parseTimer(timer) ?? {};
    const waits = node !== undefined && run.states[node] === nodeCode.waiting;
    if ((what === "retry" || what === "begin") && !waits) found.push(`timer ${timer} is for a node that does not wait`);
    if (node !== undefined && hasEnded(run.states[node] as number)) found.push(`timer ${timer} is for an ended node`);
  }
  // A run without a waker would never end: each that goes on waits for a message, a timer or an evaluation.
  if (run.life === "running" && movable === 0) found.push("the run waits for nothing");
  return run.isEndTold ? found : [...found, ...decisionViolations(run), ...undoingViolations(run)];
}

/** How many timers begin something: the others only end what would otherwise go on. */
function beginnings({ timers }: RunState): number {
  return [...(timers?.keys() ?? [])].filter((timer) => /^(begin|retry|round):/.test(timer)).length;
}

type Wrong = (what: string) => void;

function checkNeeds(
  run: RunState,
  plan: NodePlan,
  first: number,
  { wrong, isBegun }: { readonly wrong: Wrong; readonly isBegun: boolean },
): void {
  const node = first + plan.index;
  const missing = plan.needs.filter((need) => run.states[first + need] !== nodeCode.succeeded).length;
  const state = run.states[node] as number;
  if (run.left[node] !== missing) wrong(`${missing} needs are missing and ${run.left[node]} are counted`);
  const isHeld = run.extras?.held?.has(node) === true;
  if (state === nodeCode.blocked && missing === 0 && isBegun && !isHeld && run.life === "running")
    wrong("nothing is missing");
  const wasReleased = state !== nodeCode.blocked && state !== nodeCode.skipped && state !== nodeCode.cancelled;
  if (wasReleased && missing > 0) wrong(`${missing} of its needs have not succeeded`);
}

/** Each result is counted as read by those that have not succeeded: the nodes that use it, and the output. */
function checkUsers(run: RunState, { level }: Scope, first: number, found: string[]): void {
  const users = [...level.userCounts];
  for (const plan of level.nodes) {
    if (run.states[first + plan.index] !== nodeCode.succeeded) continue;
    for (const source of plan.reads) users[source] = (users[source] as number) - 1;
  }
  for (const [index, count] of users.entries()) {
    const node = first + index;
    if (run.users[node] !== count)
      found.push(`${nodePathOf(run, node)} has ${count} readers and ${run.users[node]} are counted`);
  }
}

function checkResult(run: RunState, { keep }: NodePlan, node: number, wrong: Wrong): void {
  if (resultOf(run, node) === undefined) return;
  if (run.states[node] !== nodeCode.succeeded) wrong("it has a result");
  if (run.users[node] === 0 && !keep) wrong("its result is kept for nobody");
}
