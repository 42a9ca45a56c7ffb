import { BlobNotFoundError, decodeAttempt, encodeAttempt, encodeEvent } from "@arpeggio/core";
import type { AttemptRecord } from "@arpeggio/core";
import { attemptInput } from "../../../packages/worker/src/attempt-input.ts";
import { events } from "../corpus/events.ts";
import { records } from "../corpus/records.ts";
import { attempts } from "../corpus/stored.ts";
import { mutated } from "../mutation/mutation.ts";
import { triedLater } from "../oracles/harm.ts";
import { shapeOf } from "../oracles/shape.ts";
import { decoded } from "./group.ts";
import type { Decoder, Group } from "./group.ts";
import { blobs } from "./payloads.ts";

const shapes = Object.fromEntries(Object.entries(attempts).map(([kind, forms]) => [kind, shapeOf(forms)]));
const corpus = [...records.attempt, ...records.attempt, ...events["run.started"].slice(0, 1).map(encodeEvent)];

const decoder: Decoder<AttemptRecord> = {
  name: "decodeAttempt",
  decode: decodeAttempt,
  encode: encodeAttempt,
  shape: ({ input }) => shapes[input.kind],
};

/** Messages of the queues, and the input that a worker makes of them. */
export const attemptGroup: Group = {
  name: "attempts",
  make: (random) => mutated(corpus, random),
  async read(message, tally) {
    const attempt = decoded(decoder, message, tally)?.value;
    if (attempt === undefined) return;
    await triedLater(tally, "the input of an attempt", ["EXPRESSION_FAILED", "BLOB_NOT_FOUND"], () =>
      attemptInput(attempt.input, fetched),
    );
  },
};

function fetched(key: string): Promise<Uint8Array> {
  const blob = blobs.get(key);
  return blob === undefined ? Promise.reject(new BlobNotFoundError(key)) : Promise.resolve(blob);
}
