/** A retry policy as it is stored: every duration in milliseconds. */
export interface RetryPolicy {
  /** All tries together, the first included. At least 1. */
  readonly attempts: number;
  readonly backoff: "fixed" | "linear" | "exponential";
  readonly delayMs: number;
  /** Cap of the delay; none if absent. */
  readonly maxDelayMs?: number;
  /** Full jitter: a point between 0 and the delay. Default true. */
  readonly jitter?: boolean;
  /** Retry only on errors with one of these names or codes. */
  readonly on?: readonly string[];
  /** Never retry on errors with one of these names or codes. */
  readonly notOn?: readonly string[];
}

/** Options of a node as the graph and a run's start store them; all optional, the engine's defaults fill the gaps. */
export interface StepDefaults {
  readonly queue?: string;
  /** 0 (last) to 9 (first). */
  readonly priority?: number;
  /** For one attempt. */
  readonly timeoutMs?: number;
  readonly retry?: RetryPolicy;
  readonly labels?: Readonly<Record<string, string>>;
}

/** What holds where neither the run, a composite, the task nor the step says otherwise. */
export const stepDefaults = {
  queue: "default",
  priority: 4,
  retry: { attempts: 1, backoff: "exponential", delayMs: 1_000, jitter: true },
} as const;

/** The queue of a step: its own, else the run's, else the engine's. */
export function queueOfStep(step: StepDefaults, run: StepDefaults | undefined): string {
  return step.queue ?? run?.queue ?? stepDefaults.queue;
}

/** The labels of a step's attempts: its own over those of the run's defaults over the run's. */
export function labelsOfStep(
  step: StepDefaults,
  run: { readonly labels?: Readonly<Record<string, string>>; readonly defaults?: StepDefaults },
): Readonly<Record<string, string>> | undefined {
  if (step.labels === undefined && run.defaults?.labels === undefined) return run.labels;
  return { ...run.labels, ...run.defaults?.labels, ...step.labels };
}
