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
