import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { abort, live, reply, request } from "../testing/control-records.ts";
import { oddErrorOf } from "../testing/odd-error.ts";
import {
  attempt,
  deadLetter,
  doneNodes,
  event,
  graph,
  lease,
  outcome,
  remains,
  worker,
} from "../testing/stored-records.ts";
import { decodeAttempt, encodeAttempt } from "./attempt-codec.ts";
import {
  decodeAbort,
  decodeControlReply,
  decodeControlRequest,
  encodeAbort,
  encodeControlReply,
  encodeControlRequest,
} from "./control-codec.ts";
import { decodeDeadLetter, encodeDeadLetter } from "./dead-letter-codec.ts";
import { decodeEvent, encodeEvent, readEvents } from "./event-codec.ts";
import { encodeFrame, RecordUndecodableError, splitFrames } from "./frame.ts";
import { decodeGraph, encodeGraph } from "./graph-codec.ts";
import { decodeLease, encodeLease } from "./lease-codec.ts";
import { decodeLive, encodeLive } from "./live-codec.ts";
import { decodeOutcome, encodeOutcome } from "./outcome-codec.ts";
import { recordKinds, WIRE_VERSION } from "./record-kinds.ts";
import type { RunEvent } from "./records.ts";
import { decodeKept, decodeRemains, encodeKept, encodeRemains } from "./remains-codec.ts";
import { decodeWorker, encodeWorker } from "./worker-codec.ts";

interface Codec {
  readonly name: string;
  readonly records: fc.Arbitrary<unknown>;
  readonly encode: (record: never) => Uint8Array;
  readonly decode: (message: Uint8Array) => unknown;
}

const codecs: readonly Codec[] = [
  { name: "event", records: event, encode: encodeEvent, decode: (message) => decodeEvent(onlyFrame(message)) },
  { name: "attempt", records: attempt, encode: encodeAttempt, decode: decodeAttempt },
  { name: "outcome", records: outcome, encode: encodeOutcome, decode: decodeOutcome },
  { name: "lease", records: lease, encode: encodeLease, decode: decodeLease },
  { name: "worker", records: worker, encode: encodeWorker, decode: decodeWorker },
  { name: "dead letter", records: deadLetter, encode: encodeDeadLetter, decode: decodeDeadLetter },
  { name: "graph", records: graph, encode: encodeGraph, decode: decodeGraph },
  { name: "control request", records: request, encode: encodeControlRequest, decode: decodeControlRequest },
  { name: "control reply", records: reply, encode: encodeControlReply, decode: decodeControlReply },
  { name: "remains", records: remains, encode: encodeRemains, decode: decodeRemains },
  { name: "kept", records: doneNodes, encode: encodeKept, decode: decodeKept },
  { name: "abort", records: abort, encode: encodeAbort, decode: decodeAbort },
  { name: "live", records: live, encode: encodeLive, decode: decodeLive },
];

function onlyFrame(message: Uint8Array) {
  const [frame] = splitFrames(message);
  if (frame === undefined) throw new RecordUndecodableError("no frame");
  return frame;
}

describe.each(codecs)("$name", ({ records, encode, decode }) => {
  test("is the same after a round trip", () => {
    fc.assert(
      fc.property(records, (value) => {
        expect(decode(encode(value as never))).toStrictEqual(value);
      }),
    );
  });
  test("is one frame", () => {
    fc.assert(
      fc.property(records, (value) => {
        const message = encode(value as never);
        const frames = splitFrames(message);
        expect(frames.map((frame) => frame.version)).toEqual([WIRE_VERSION]);
        expect(frames[0]?.bytes).toEqual(message);
      }),
    );
  });
  test("is refused, and nothing else happens, where bytes were changed or cut", () => {
    fc.assert(
      fc.property(records, fc.nat(), fc.integer({ min: 0, max: 255 }), (value, place, byte) => {
        const message = encode(value as never);
        expect(() => decode(message.subarray(0, place % message.length))).toThrow(RecordUndecodableError);
        message[place % message.length] = byte;
        expect(oddErrorOf(() => decode(message))).toBeUndefined();
      }),
      { numRuns: 300 },
    );
  });
  test("is refused where it is no such record", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), fc.constantFrom(...Object.values(recordKinds)), (body, kind) => {
        expect(oddErrorOf(() => decode(body))).toBeUndefined();
        expect(oddErrorOf(() => decode(encodeFrame(WIRE_VERSION, kind, body)))).toBeUndefined();
      }),
      { numRuns: 500 },
    );
  });
  test("is refused in another version, as another kind, and without its fields", () => {
    const [value] = fc.sample(records, 1);
    const message = encode(value as never);
    const withByte = (at: number, byte: number) => Uint8Array.from(message, (each, i) => (i === at ? byte : each));
    expect(() => decode(withByte(4, WIRE_VERSION + 1))).toThrow(RecordUndecodableError);
    expect(() => decode(withByte(5, 255))).toThrow(RecordUndecodableError);
    expect(() => decode(encodeFrame(WIRE_VERSION, message[5] as number, new Uint8Array([0x90])))).toThrow(
      RecordUndecodableError,
    );
    expect(() => decode(new Uint8Array([...message, 0]))).toThrow(RecordUndecodableError);
  });
});

test("the events of a message come in order", () => {
  fc.assert(
    fc.property(fc.array(event, { maxLength: 10 }), (events) => {
      const read: RunEvent[] = [];
      const undecodable: Uint8Array[] = [];
      readEvents(
        new Uint8Array(Buffer.concat(events.map(encodeEvent))),
        (each) => read.push(each),
        (rest) => undecodable.push(rest),
      );
      expect({ read, undecodable }).toEqual({ read: events, undecodable: [] });
    }),
  );
});
