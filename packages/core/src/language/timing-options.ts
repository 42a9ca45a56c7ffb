import type { NodeTiming } from "../graph/graph.ts";
import { OptionInvalidError } from "./build-errors.ts";
import { durationMs } from "./duration.ts";
import type { Duration } from "./duration.ts";

/**
 * When a canvas begins and has to end. Timing belongs to what it is written on, a step or a whole composite, and is not
 * inherited by the steps inside. All of it counts from the moment in which what stands before has ended.
 */
export interface TimingOptions {
  /** It begins this long after that. Nothing waits in a worker meanwhile. */
  readonly delay?: Duration;
  /** It fails with `NODE_EXPIRED` if it has not begun this long after that. */
  readonly expires?: Duration;
  /**
   * It fails with `NODE_TIMED_OUT` if it has not ended this long after that: all attempts, the waits between them and
   * everything inside together. (`timeout` is for one attempt.)
   */
  readonly within?: Duration;
}

/** Timing of one place in a canvas, which may also be a moment. */
export interface CanvasTiming extends TimingOptions {
  /**
   * It does not begin before this moment: a Date, or ISO text with its zone, `"2027-01-01T00:00:00Z"`. A moment that is past
   * means at once.
   */
  readonly at?: Date | string;
}

export const TIMING_OPTIONS = ["delay", "expires", "within"] as const;

/**
 * Timing in the form that graphs store; undefined if nothing is said.
 *
 * @throws {@link OptionInvalidError}
 */
export function nodeTiming({ delay, at, expires, within }: CanvasTiming): NodeTiming | undefined {
  const timing: NodeTiming = {
    ...(delay !== undefined ? { delayMs: durationMs("delay", delay) } : {}),
    ...(at !== undefined ? { atMs: momentMs("at", at) } : {}),
    ...(expires !== undefined ? { expiresMs: lastingMs("expires", expires, delay) } : {}),
    ...(within !== undefined ? { withinMs: lastingMs("within", within, delay) } : {}),
  };
  return Object.keys(timing).length === 0 ? undefined : timing;
}

/** A limit on something that begins after `delay`: what is over before that could never be kept. */
function lastingMs(option: "expires" | "within", value: Duration, delay: Duration = 0): number {
  const ms = durationMs(option, value);
  if (ms < 1) throw new OptionInvalidError(option, value, "at least 1 ms (leave it out for no limit)");
  if (ms <= durationMs("delay", delay)) throw new OptionInvalidError(option, value, "longer than 'delay'");
  return ms;
}

/** A day, or a moment with its zone: text without one would mean another moment on every machine. */
const MOMENT = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d))?$/;

/**
 * A moment in milliseconds since 1970. `option` names it in the error.
 *
 * @throws {@link OptionInvalidError} unless it is a valid Date from 1970 on, or such a text.
 */
function momentMs(option: string, value: unknown): number {
  const ms =
    value instanceof Date
      ? value.getTime()
      : typeof value === "string" && MOMENT.test(value)
        ? Date.parse(value)
        : Number.NaN;
  if (!(ms >= 0)) {
    throw new OptionInvalidError(
      option,
      value,
      'a Date, or ISO text with its zone such as "2027-01-01T00:00:00Z", from 1970 on',
    );
  }
  return ms;
}
