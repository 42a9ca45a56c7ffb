import fc from "fast-check";
import type { AttemptFailure, ErrorInfo, NodeFailure, RunFailureRecord } from "../errors/failure.ts";
import { nodeStates } from "../wire/node-states.ts";
import { encodePayload } from "../wire/payload.ts";
import { MOMENT_MS_MAX } from "../wire/record-fields.ts";
import type { RetryPolicy, StepDefaults } from "../wire/step-defaults.ts";

export const text = fc.string({ unit: "grapheme", maxLength: 60 });
export const count = fc.oneof(fc.nat(300), fc.maxSafeNat());
export const ms = fc.oneof(
  fc.integer({ min: 0, max: MOMENT_MS_MAX }),
  fc.double({ min: 0, max: 1e9, noNaN: true }).map((value) => value + 0),
);
export const bytes = fc.uint8Array({ maxLength: 300 });
export const payload = fc.oneof(bytes, text, count).map(encodePayload);
export const name = text.filter((each) => each !== "__proto__");
export const labels = fc.dictionary(name, text, { maxKeys: 4, noNullPrototype: true });
export const names = fc.array(text, { maxLength: 5 });
export const nodeState = fc.constantFrom(...nodeStates);
export const counts = fc.dictionary(nodeState, count, { noNullPrototype: true });

/** A record with every combination of its optional fields. */
export function record<T>(
  fields: { [K in keyof Required<T>]: fc.Arbitrary<T[K]> },
  required: readonly (keyof T)[],
): fc.Arbitrary<T> {
  return fc.record(fields, { requiredKeys: required as never, noNullPrototype: true }) as unknown as fc.Arbitrary<T>;
}

export const error: fc.Arbitrary<ErrorInfo> = fc.letrec<{ error: ErrorInfo }>((tie) => ({
  error: record<ErrorInfo>({ name: text, message: text, code: text, stack: text, cause: tie("error") }, [
    "name",
    "message",
  ]),
})).error;
export const attemptFailure = record<AttemptFailure>({ code: text, error, permanent: fc.boolean(), retryAfterMs: ms }, [
  "code",
  "error",
  "permanent",
]);
export const nodeFailure = record<NodeFailure>(
  { code: text, message: text, node: text, task: text, attempt: count, cause: error },
  ["code", "message", "node", "attempt"],
);
export const runFailure = record<RunFailureRecord>(
  {
    code: text,
    message: text,
    node: text,
    attempt: count,
    cause: error,
    failures: fc.array(nodeFailure, { maxLength: 3 }),
    partial: bytes,
  },
  ["code", "message", "failures"],
);
const retry = record<RetryPolicy>(
  {
    attempts: count,
    backoff: fc.constantFrom("fixed", "linear", "exponential"),
    delayMs: ms,
    maxDelayMs: ms,
    jitter: fc.boolean(),
    on: fc.array(text, { maxLength: 3 }),
    notOn: fc.array(text, { maxLength: 3 }),
  },
  ["attempts", "backoff", "delayMs"],
);
export const defaults = record<StepDefaults>({ queue: text, priority: fc.nat(9), timeoutMs: ms, retry, labels }, []);
