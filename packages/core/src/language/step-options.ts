import { token } from "../ids/token.ts";
import type { RetryPolicy, StepDefaults } from "../wire/step-defaults.ts";
import { REFUSED_NAME } from "../wire/value-not-serialisable.ts";
import { OptionInvalidError } from "./build-errors.ts";
import { durationMs } from "./duration.ts";
import type { Duration } from "./duration.ts";
import { checkedInteger, checkedOptions, isObject } from "./option-check.ts";
import type { NodeTiming } from "../graph/graph.ts";
import { nodeTiming, TIMING_OPTIONS } from "./timing-options.ts";
import type { CanvasTiming, TimingOptions } from "./timing-options.ts";

/** 0 is taken last, 9 first. */
export type Priority = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9;

/**
 * How a step runs. On a task these are its defaults, on a composite (`chain(…).with({ … })`) the defaults for the steps
 * inside. The nearer to the step, the stronger: run, then composite, then task, then the step's own `.with()`. Labels are
 * merged key by key; every other option is replaced as a whole.
 */
export interface StepOptions {
  /**
   * The queue whose workers run it: letters, digits, `-` and `_`.
   *
   * @defaultValue `"default"`
   */
  readonly queue?: string;
  /**
   * Among the attempts waiting in a queue, higher goes first.
   *
   * @defaultValue `4`
   */
  readonly priority?: Priority;
  /** How long one attempt may take. When it is over the attempt fails with `TASK_TIMED_OUT`. No limit by default. */
  readonly timeout?: Duration;
  /**
   * How many attempts, or the whole policy.
   *
   * @defaultValue `1`: no retries.
   */
  readonly retry?: number | RetryOptions;
  /** For search, and for the handler to read. */
  readonly labels?: Readonly<Record<string, string>>;
}

/** What a task's definition may say of every step that uses it. */
export interface TaskOptions extends StepOptions, TimingOptions {}

/** What `.with({ … })` and a workflow may say: options, which the steps inside inherit, and timing, which they do not. */
export interface CanvasOptions extends StepOptions, CanvasTiming {
  /** For the maps inside: no more items of each than this are under way at a time. No limit by default. */
  readonly concurrency?: number;
}

/** Options in the form that graphs store, with what only `compile` needs: it is resolved there. */
export interface InheritedOptions extends StepDefaults {
  readonly concurrency?: number;
}

/** When and how often a failed attempt is followed by another one. */
export interface RetryOptions {
  /** All tries together, the first included: 1 to 1000. */
  readonly attempts: number;
  /**
   * How the delay grows: not at all, by itself each time, or twofold each time.
   *
   * @defaultValue `"exponential"`
   */
  readonly backoff?: "fixed" | "linear" | "exponential";
  /**
   * The delay before the second attempt.
   *
   * @defaultValue `"1s"`
   */
  readonly delay?: Duration;
  /** No delay is longer than this. No limit by default. */
  readonly maxDelay?: Duration;
  /**
   * Whether to wait for a random part of the delay, so that tasks that failed together do not come back together.
   *
   * @defaultValue `true`
   */
  readonly jitter?: boolean;
  /** Retry only errors with one of these names or codes. */
  readonly on?: readonly string[];
  /** Never retry errors with one of these names or codes. */
  readonly notOn?: readonly string[];
}

const ATTEMPTS_MAX = 1_000;
/** More items at a time than this would be no limit. */
const CONCURRENCY_MAX = 1_000_000;
const STEP_OPTIONS = ["queue", "priority", "timeout", "retry", "labels"] as const;
const RETRY_OPTIONS = ["attempts", "backoff", "delay", "maxDelay", "jitter", "on", "notOn"] as const;
const BACKOFFS: readonly unknown[] = ["fixed", "linear", "exponential"];

/**
 * Options in the form that graphs store. `place` names them in messages.
 *
 * @throws {@link OptionInvalidError} for values out of range and unknown options.
 */
export function nodeOptions(options: StepOptions, place = "the options"): StepDefaults {
  return storedOptions(checkedOptions(place, options, STEP_OPTIONS));
}

/** The options and the timing of one task definition, in which schemas may stand, too. @throws {@link OptionInvalidError} */
export function taskOptions(place: string, options: TaskOptions): { options: StepDefaults; timing?: NodeTiming } {
  checkedOptions(place, options, ["input", "output", ...STEP_OPTIONS, ...TIMING_OPTIONS]);
  const timing = nodeTiming({ ...options, at: undefined } as TaskOptions);
  return { options: storedOptions(options), ...(timing ? { timing } : {}) };
}

/** The options and the timing that are said of one canvas. `more` names what else stands in them. @throws {@link OptionInvalidError} */
export function canvasOptions(
  place: string,
  options: CanvasOptions,
  more: readonly string[] = [],
): { options: InheritedOptions; timing?: NodeTiming } {
  checkedOptions(place, options, [...more, ...STEP_OPTIONS, ...TIMING_OPTIONS, "at", "concurrency"]);
  const timing = nodeTiming(options);
  const { concurrency } = options;
  const inherited = concurrency === undefined ? {} : { concurrency: concurrencyOption(concurrency) };
  return { options: { ...storedOptions(options), ...inherited }, ...(timing ? { timing } : {}) };
}

/** `value` itself. @throws {@link OptionInvalidError} unless it is a positive integer. */
export function concurrencyOption(value: number): number {
  return checkedInteger("concurrency", value, 1, CONCURRENCY_MAX);
}

function storedOptions(options: StepOptions): StepDefaults {
  const { queue, priority, timeout, retry, labels } = options;
  return {
    ...(queue !== undefined ? { queue: queueName(queue) } : {}),
    ...(priority !== undefined ? { priority: checkedInteger("priority", priority, 0, 9) } : {}),
    ...(timeout !== undefined ? { timeoutMs: timeoutMs(timeout) } : {}),
    ...(retry !== undefined ? { retry: retryPolicy(retry) } : {}),
    ...(labels !== undefined ? { labels: labelMap(labels) } : {}),
  };
}

/** `weaker` with what `stronger` says over it; labels are merged key by key. */
export function mergedOptions<T extends StepDefaults>(weaker: T, stronger: T): T {
  const labels = weaker.labels && stronger.labels ? { labels: { ...weaker.labels, ...stronger.labels } } : {};
  return { ...weaker, ...stronger, ...labels };
}

/** They stand in lists, one line each, and in filters as `name=value`. */
const LABEL_NAME = /^[^\p{Cc}=]{1,100}$/u;
const LABEL_VALUE = /^\P{Cc}{0,1000}$/u;

/** @throws {@link OptionInvalidError} unless it maps names of labels to texts. */
export function labelMap(labels: unknown): Readonly<Record<string, string>> {
  const expected = "an object with a string for each label";
  if (!isObject(labels)) throw new OptionInvalidError("labels", labels, expected);
  for (const [name, value] of Object.entries(labels)) {
    if (name === REFUSED_NAME) throw new OptionInvalidError("labels", labels, `labels of other names than ${name}`);
    if (!LABEL_NAME.test(name)) {
      const names = "names of 1 to 100 characters, without '=' and control characters";
      throw new OptionInvalidError("labels", labels, names);
    }
    if (typeof value !== "string") throw new OptionInvalidError(`labels.${name}`, value, "a string");
    if (!LABEL_VALUE.test(value)) {
      const text = "a text of 1,000 characters at most, without control characters";
      throw new OptionInvalidError(`labels.${name}`, value, text);
    }
  }
  return { ...(labels as Record<string, string>) };
}

function queueName(queue: unknown): string {
  try {
    return token("queue", queue as string);
  } catch {
    throw new OptionInvalidError("queue", queue, "1 to 128 letters, digits, '-' and '_'");
  }
}

function timeoutMs(timeout: Duration): number {
  const ms = durationMs("timeout", timeout);
  if (ms < 1) throw new OptionInvalidError("timeout", timeout, "at least 1 ms (leave it out for no limit)");
  return ms;
}

function retryPolicy(retry: number | RetryOptions): RetryPolicy {
  if (typeof retry === "number") {
    return { attempts: checkedInteger("retry", retry, 1, ATTEMPTS_MAX), backoff: "exponential", delayMs: 1_000 };
  }
  checkedOptions("retry", retry, RETRY_OPTIONS);
  const { attempts, backoff = "exponential", delay = 1_000, maxDelay, jitter, on, notOn } = retry;
  if (!BACKOFFS.includes(backoff)) {
    throw new OptionInvalidError("retry.backoff", backoff, '"fixed", "linear" or "exponential"');
  }
  if (jitter !== undefined && typeof jitter !== "boolean") {
    throw new OptionInvalidError("retry.jitter", jitter, "true or false");
  }
  return {
    attempts: checkedInteger("retry.attempts", attempts, 1, ATTEMPTS_MAX),
    backoff,
    delayMs: durationMs("retry.delay", delay),
    ...(maxDelay !== undefined ? { maxDelayMs: durationMs("retry.maxDelay", maxDelay) } : {}),
    ...(jitter !== undefined ? { jitter } : {}),
    ...(on !== undefined ? { on: errorNames("retry.on", on) } : {}),
    ...(notOn !== undefined ? { notOn: errorNames("retry.notOn", notOn) } : {}),
  };
}

function errorNames(option: string, names: unknown): readonly string[] {
  if (!Array.isArray(names) || !names.every((name) => typeof name === "string" && name !== "")) {
    throw new OptionInvalidError(option, names, "a list of names or codes of errors");
  }
  return [...(names as readonly string[])];
}
