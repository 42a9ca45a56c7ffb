import { encodePayload, joined, mapHeader } from "@arpeggio/core";
import type { NodeFailure } from "@arpeggio/core";
import { payloadOf } from "../run/value.ts";
import type { Value } from "../run/value.ts";

const SUCCESS = joined([mapHeader(2), encodePayload("ok"), encodePayload(true), encodePayload("value")]);

/** The outcome of what has succeeded with this. */
export function successOf(value: Value): Value {
  return joined([SUCCESS, payloadOf(value)]);
}

/** The value of an outcome that {@link successOf} has made; undefined for that of a failure. */
export function valueOfSuccess(outcome: Value): Value | undefined {
  if (!(outcome instanceof Uint8Array)) return undefined;
  for (const [i, byte] of SUCCESS.entries()) if (outcome[i] !== byte) return undefined;
  return outcome.subarray(SUCCESS.length);
}

/** The outcome of what has failed with this. */
export function outcomeOfFailure(error: NodeFailure): Value {
  return encodePayload({ ok: false, error });
}
