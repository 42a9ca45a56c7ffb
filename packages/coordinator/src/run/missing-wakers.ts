import { nodePathOf } from "./node-path.ts";
import { hasEnded, nodeCode } from "./node-table.ts";
import type { NodePlan } from "./plan.ts";
import { isRunEnded } from "./run-machine.ts";
import { attemptOf, isAttempted, stateOf } from "./run-state.ts";
import type { RunState } from "./run-state.ts";
import { firstNodeOf } from "./scope.ts";
import type { Scope } from "./scope.ts";
import { hasWaker } from "./wakers.ts";

/** What there really is to wake a run's nodes. */
export interface FoundWakers {
  /** Whether the attempt's message is stored, in its queue or in a worker's hands. */
  readonly hasMessage: (node: number, attempt: number) => boolean;
  /** Whether the timer will fire. */
  readonly hasTimer: (timer: string) => boolean;
  /** Whether the evaluation is under way. */
  readonly hasEvaluation: (target: string) => boolean;
}

/** Something that a run waits for and that would never come. */
export type MissingWaker =
  | { readonly kind: "message"; readonly node: number; readonly attempt: number; readonly text: string }
  | { readonly kind: "timer"; readonly timer: string; readonly dueAtMs: number; readonly text: string }
  | { readonly kind: "evaluation"; readonly target: string; readonly text: string }
  /** The state itself says nothing of a waker: a fault of the fold, which nothing can mend from outside. */
  | { readonly kind: "none"; readonly node: number; readonly text: string };

/** Whether a node of the run waits for the message of an attempt. */
export function waitsForMessages(run: RunState): boolean {
  for (const scope of run.scopes) {
    for (let item = 0; item < scope.width; item++) {
      const first = firstNodeOf(scope, item);
      for (const plan of scope.level.nodes) {
        if (isDispatched(run.states[first + plan.index] as number) && isAttempted(run, plan, first + plan.index))
          return true;
      }
    }
  }
  return false;
}

/** What a run waits for and nothing will bring; empty for every run that is in order. */
export function missingWakers(run: RunState, found: FoundWakers): readonly MissingWaker[] {
  if (isRunEnded(run.life)) return [];
  const missing: MissingWaker[] = [];
  for (const [timer, dueAtMs] of run.timers ?? []) {
    if (!found.hasTimer(timer)) missing.push({ kind: "timer", timer, dueAtMs, text: `timer ${timer} is not armed` });
  }
  for (const target of run.evaluations ?? []) {
    if (found.hasEvaluation(target)) continue;
    missing.push({ kind: "evaluation", target, text: `evaluation ${target} is not under way` });
  }
  for (const scope of run.scopes) {
    for (let item = 0; item < scope.width; item++) {
      const first = firstNodeOf(scope, item);
      for (const plan of scope.level.nodes) {
        const one = missingOf({ run, scope, item }, plan, first + plan.index, found);
        if (one !== undefined) missing.push(one);
      }
    }
  }
  return missing;
}

interface Place {
  readonly run: RunState;
  readonly scope: Scope;
  readonly item: number;
}

function missingOf(place: Place, plan: NodePlan, node: number, found: FoundWakers): MissingWaker | undefined {
  const { run } = place;
  const state = run.states[node] as number;
  if (hasEnded(state)) return undefined;
  const told = (what: string) => `${nodePathOf(run, node)} is ${stateOf(run, node)}, but ${what}`;
  if (state === nodeCode.blocked) {
    // Items that have not begun wait until fewer attempts of the run are under way.
    const isFree = run.left[node] === 0 && place.item < place.scope.begun && run.extras?.held?.has(node) !== true;
    return isFree ? { kind: "none", node, text: told("nothing is missing") } : undefined;
  }
  if (!hasWaker(run, plan, node)) return { kind: "none", node, text: told("nothing wakes it") };
  if (state === nodeCode.waiting || !isAttempted(run, plan, node)) return undefined;
  const attempt = attemptOf(run, node);
  if (found.hasMessage(node, attempt)) return undefined;
  return { kind: "message", node, attempt, text: told(`attempt ${attempt} is in no queue and in no hands`) };
}

function isDispatched(state: number): boolean {
  return state === nodeCode.queued || state === nodeCode.running;
}
