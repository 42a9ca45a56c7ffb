import {
  decodeDeadLetter,
  decodeKept,
  decodeLease,
  decodeOutcome,
  decodeRemains,
  decodeWorker,
  encodeDeadLetter,
  encodeKept,
  encodeLease,
  encodeOutcome,
  encodeRemains,
  encodeWorker,
  runFailureOf,
} from "@arpeggio/core";
import type { OutcomeRecord } from "@arpeggio/core";
import { planRedrive } from "../../../packages/client/src/redrive-plan.ts";
import { graphs } from "../corpus/graphs.ts";
import { records } from "../corpus/records.ts";
import { deadLetters, doneNodes, leases, outcomes, remains, workers } from "../corpus/stored.ts";
import { mutated } from "../mutation/mutation.ts";
import type { Tally } from "../oracles/harm.ts";
import { ensurePlain } from "../oracles/plain-data.ts";
import { shapeOf } from "../oracles/shape.ts";
import { decoded, shapeBy } from "./group.ts";
import type { Decoder, Group } from "./group.ts";

const outcomeShapes = Object.fromEntries(Object.entries(outcomes).map(([state, forms]) => [state, shapeOf(forms)]));
const remainsShape = shapeOf(remains);

/** A decoder as it is called by {@link Group.read}. */
function reader<T>(decoder: Decoder<T>): (bytes: Uint8Array, tally: Tally) => void {
  return (bytes, tally) => void decoded(decoder, bytes, tally);
}

function plain<T>(
  name: string,
  decode: (bytes: Uint8Array) => T,
  encode: (value: T) => Uint8Array,
  examples: readonly unknown[],
): (bytes: Uint8Array, tally: Tally) => void {
  const shape = shapeOf(examples);
  return reader({ name, decode, encode, shape: () => shape });
}

const readers = [
  reader({
    name: "decodeOutcome",
    decode: decodeOutcome,
    encode: encodeOutcome,
    shape: shapeBy<OutcomeRecord>("state", outcomeShapes),
    next: ({ failure }) => failure && ensurePlain(runFailureOf(failure), "runFailureOf"),
  }),
  reader({
    name: "decodeRemains",
    decode: decodeRemains,
    encode: encodeRemains,
    shape: () => remainsShape,
    next({ succeeded, failed }) {
      const [before, after] = [graphs[0], graphs[1]];
      if (before === undefined || after === undefined) return;
      planRedrive({ before, after, done: succeeded, failed, from: undefined });
      planRedrive({ before: after, after, done: succeeded, failed, from: failed[0] });
    },
  }),
  plain("decodeLease", decodeLease, encodeLease, leases),
  plain("decodeWorker", decodeWorker, encodeWorker, workers),
  plain("decodeDeadLetter", decodeDeadLetter, encodeDeadLetter, deadLetters),
  plain("decodeKept", decodeKept, encodeKept, [doneNodes]),
];
const corpus = [
  ...records.outcome,
  ...records.remains,
  ...records.lease,
  ...records.worker,
  ...records.deadLetter,
  ...records.kept,
];

/** Values of buckets, and what runs leave behind. */
export const storedGroup: Group = {
  name: "values",
  make: (random) => mutated(corpus, random),
  read(bytes, tally) {
    for (const read of readers) read(bytes, tally);
  },
};
