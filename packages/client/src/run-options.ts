import { checkedOptions, nodeOptions, token } from "@arpeggio/core";
import type { AnyCanvas, Duration, RunInput, StepDefaults, StepOptions } from "@arpeggio/core";

export interface RunOptions {
  /**
   * The run's id: letters, digits, `-` and `_`. Starting twice with one id, one canvas and one input gives one run.
   *
   * @defaultValue a new one.
   */
  readonly id?: string;
  /** For search, and for the handlers to read. Laid over those of the workflow. */
  readonly labels?: Readonly<Record<string, string>>;
  /** The run fails with `RUN_TIMED_OUT` when it takes longer. No limit by default. */
  readonly timeout?: Duration;
  /** Options for every step that has none of its own, neither on itself nor on its task nor on a composite around it. */
  readonly defaults?: StepOptions;
}

/** What `run()` takes after the canvas: no input is needed where the canvas takes none. */
export type RunArguments<C extends AnyCanvas> =
  unknown extends RunInput<C> ? [input?: unknown, options?: RunOptions] : [input: RunInput<C>, options?: RunOptions];

/** Options in the form in which a run's start stores them. */
export interface RunSettings {
  readonly id?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
  readonly defaults?: StepDefaults;
}

const NO_SETTINGS: RunSettings = Object.freeze({});
const KNOWN = ["id", "labels", "timeout", "defaults"];

/** @throws OptionInvalidError, NameInvalidError */
export function runSettings(options: RunOptions | undefined): RunSettings {
  if (options === undefined) return NO_SETTINGS;
  const { id, labels, timeout, defaults } = checkedOptions("the options of run()", options, KNOWN);
  return {
    ...(id === undefined ? {} : { id: token("run id", id) }),
    ...(defaults === undefined ? {} : { defaults: nodeOptions(defaults, "the defaults of run()") }),
    ...nodeOptions({ ...(labels === undefined ? {} : { labels }), ...(timeout === undefined ? {} : { timeout }) }),
  };
}
