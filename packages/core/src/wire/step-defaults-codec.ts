import { choice, count, fieldsIn, labels, list, number, optional, present, text, yesOrNo } from "./record-fields.ts";
import type { Fields } from "./record-fields.ts";
import type { RetryPolicy, StepDefaults } from "./step-defaults.ts";

const backoffs = ["fixed", "linear", "exponential"] as const;

/** `[queue?, priority?, timeoutMs?, retry?, labels?]` */
export function stepDefaultsFields({ queue, priority, timeoutMs, retry, ...rest }: StepDefaults): Fields {
  return [queue, priority, timeoutMs, retry && retryFields(retry), rest.labels];
}

export function readStepDefaults(field: unknown): StepDefaults {
  const fields = fieldsIn(field);
  return present({
    queue: optional(fields[0], text),
    priority: optional(fields[1], count),
    timeoutMs: optional(fields[2], number),
    retry: optional(fields[3], readRetryPolicy),
    labels: optional(fields[4], labels),
  });
}

/** `[attempts, backoff, delayMs, maxDelayMs?, jitter?, on?, notOn?]` */
function retryFields({ attempts, backoff, delayMs, maxDelayMs, jitter, on, notOn }: RetryPolicy): Fields {
  return [attempts, backoff, delayMs, maxDelayMs, jitter, on, notOn];
}

function readRetryPolicy(field: unknown): RetryPolicy {
  const fields = fieldsIn(field);
  return {
    attempts: count(fields[0]),
    backoff: choice(fields[1], backoffs),
    delayMs: number(fields[2]),
    ...present({
      maxDelayMs: optional(fields[3], number),
      jitter: optional(fields[4], yesOrNo),
      on: optional(fields[5], texts),
      notOn: optional(fields[6], texts),
    }),
  };
}

function texts(field: unknown): string[] {
  return list(field, text);
}
