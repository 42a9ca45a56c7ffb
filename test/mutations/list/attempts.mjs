import { inFolder } from "./in-folder.mjs";

/** Attempts, timers and joins. */
export const attemptsMutations = inFolder("packages/coordinator/src/fold", [
  {
    name: "an outcome counts whichever attempt it is of",
    file: "attempt-events.ts",
    replace: "return attemptOf(run, node) === attempt && isAttempted",
    by: "return isAttempted",
    seenBy: "is waiting, but nothing wakes it",
  },
  {
    name: "an outcome counts also when its node is not under way",
    file: "attempt-events.ts",
    replace: "if (state !== nodeCode.queued && state !== nodeCode.running) return false;",
    by: "",
    seenBy: "is for a node that does not wait",
  },
  {
    name: "a join opens one need too early",
    file: "succeed.ts",
    replace: "if (left === 0) release",
    by: "if (left <= 1) release",
    seenBy: "of its needs have not succeeded",
  },
  {
    name: "a join whose last need was never begun does not open",
    file: "succeed.ts",
    replace: "if (left === 0) release",
    by: "if (left === 0 && !isUnbegun) release",
    seenBy: "is blocked, but nothing is missing",
  },
  {
    name: "nobody is told to stop what is cut off",
    file: "fold.ts",
    replace: "context.aborted.length === 0 ? context.commands : withAbort(context)",
    by: "context.commands",
    seenBy: "is stored before the log says so",
  },
  {
    name: "a finish leaves under way what it ends",
    file: "attempt-events.ts",
    replace: 'closeItem(context, scope, item, "skip", false);',
    by: "",
    seenBy: "is stored before the log says so",
  },
  {
    name: "the delay of a retry is ignored",
    file: "attempt-events.ts",
    replace: "context.timestampMs + delayMs",
    by: "context.timestampMs",
    seenBy: "ms after the attempt before",
  },
  {
    name: "one attempt less than the policy has",
    file: "retry-policy.ts",
    replace: "attempt >= policy.attempts",
    by: "attempt >= policy.attempts - 1",
    seenBy: "has failed with TASK_FAILED",
  },
  {
    name: "one attempt more than the policy has",
    file: "retry-policy.ts",
    replace: "attempt >= policy.attempts",
    by: "attempt > policy.attempts",
    seenBy: "attempts may be made",
  },
  {
    name: "a timer begins something in a paused run",
    file: "timer-events.ts",
    replace: "else if (!hold(run, timer)) goOn",
    by: "else goOn",
    seenBy: "begins while the run is paused",
  },
]);
