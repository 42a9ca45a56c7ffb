import type { MsgpackWriter } from "./msgpack-writer.ts";
import type { RecordReader } from "./record-reader.ts";
import {
  writeLabels,
  writeOptionalBoolean,
  writeOptionalNumber,
  writeOptionalRecord,
  writeOptionalString,
  writeStrings,
} from "./record-writing.ts";
import type { RetryPolicy, StepDefaults } from "./step-defaults.ts";

const backoffs = ["fixed", "linear", "exponential"] as const;

/** `[queue?, priority?, timeoutMs?, retry?, labels?]` */
export function writeStepDefaults(writer: MsgpackWriter, defaults: StepDefaults): void {
  writer.arrayHeader(5);
  writeOptionalString(writer, defaults.queue);
  writeOptionalNumber(writer, defaults.priority);
  writeOptionalNumber(writer, defaults.timeoutMs);
  writeOptionalRecord(writer, defaults.retry, writeRetryPolicy);
  writeOptionalRecord(writer, defaults.labels, writeLabels);
}

export function readStepDefaults(reader: RecordReader): StepDefaults {
  const queue = reader.optionalName();
  const priority = reader.optionalUint();
  const timeoutMs = reader.optionalNumber();
  const retry = reader.optionalRecord(readRetryPolicy);
  const labels = reader.optionalEntries((inner) => inner.string());
  return {
    ...(queue === undefined ? {} : { queue }),
    ...(priority === undefined ? {} : { priority }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(retry === undefined ? {} : { retry }),
    ...(labels === undefined ? {} : { labels }),
  };
}

/** `[attempts, backoff, delayMs, maxDelayMs?, jitter?, on?, notOn?]` */
function writeRetryPolicy(writer: MsgpackWriter, policy: RetryPolicy): void {
  writer.arrayHeader(7);
  writer.number(policy.attempts);
  writer.string(policy.backoff);
  writer.number(policy.delayMs);
  writeOptionalNumber(writer, policy.maxDelayMs);
  writeOptionalBoolean(writer, policy.jitter);
  writeOptionalRecord(writer, policy.on, writeStrings);
  writeOptionalRecord(writer, policy.notOn, writeStrings);
}

function readRetryPolicy(reader: RecordReader): RetryPolicy {
  const attempts = reader.uint();
  const backoff = reader.choice(backoffs);
  const delayMs = reader.number();
  const maxDelayMs = reader.optionalNumber();
  const jitter = reader.optionalBoolean();
  const on = reader.optionalList((inner) => inner.name());
  const notOn = reader.optionalList((inner) => inner.name());
  return {
    attempts,
    backoff,
    delayMs,
    ...(maxDelayMs === undefined ? {} : { maxDelayMs }),
    ...(jitter === undefined ? {} : { jitter }),
    ...(on === undefined ? {} : { on }),
    ...(notOn === undefined ? {} : { notOn }),
  };
}
