import { stepDefaults } from "@arpeggio/core";
import type { AttemptFailure, RetryPolicy, StepDefaults } from "@arpeggio/core";

/** Which attempt failed, and whose it was. */
export interface FailedAttempt {
  readonly run: string;
  readonly node: number;
  /** Counted from 1. */
  readonly attempt: number;
  readonly failure: AttemptFailure;
}

/** The policy of a node: its own as a whole, else the run's, else the engine's. */
export function retryPolicyOf(node: StepDefaults, run: StepDefaults | undefined): RetryPolicy {
  return node.retry ?? run?.retry ?? stepDefaults.retry;
}

/** How long to wait before the next attempt, in milliseconds; undefined if there is none. */
export function retryDelayMs(policy: RetryPolicy, failed: FailedAttempt): number | undefined {
  const { failure, attempt } = failed;
  if (failure.permanent || attempt >= policy.attempts || !allows(policy, failure)) return undefined;
  // What the task asks for is exact: it may know when the other side is ready again.
  if (failure.retryAfterMs !== undefined) return Math.max(0, failure.retryAfterMs);
  const delayMs = Math.min(backoffMs(policy, attempt), policy.maxDelayMs ?? Infinity, DELAY_MS_MAX);
  // Full jitter: tasks that failed together, in one outage, must not all come back in the same instant.
  return Math.round(policy.jitter === false ? delayMs : delayMs * pointOf(failed));
}

/** A year: what 2 to the power of many attempts must not exceed. */
const DELAY_MS_MAX = 365 * 86_400_000;
/** A delay of a millisecond is beyond that by then; one of none must not become no number. */
const DOUBLINGS_MAX = 100;

function backoffMs(policy: RetryPolicy, attempt: number): number {
  switch (policy.backoff) {
    case "fixed":
      return policy.delayMs;
    case "linear":
      return policy.delayMs * attempt;
    case "exponential":
      return policy.delayMs * 2 ** Math.min(attempt - 1, DOUBLINGS_MAX);
    default:
      return policy.delayMs;
  }
}

function allows(policy: RetryPolicy, failure: AttemptFailure): boolean {
  const matches = (names: readonly string[]) =>
    names.some((name) => name === failure.error.name || name === failure.error.code || name === failure.code);
  if (policy.notOn !== undefined && matches(policy.notOn)) return false;
  return policy.on === undefined || matches(policy.on);
}

/** A point between 0 and 1 that depends on nothing but the attempt: a replay must come to the same delay. */
function pointOf({ run, node, attempt }: FailedAttempt): number {
  const text = `${run}:${node}:${attempt}`;
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  // The last characters, which differ, have not reached the high bits yet (murmur3's finaliser).
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}
