import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ErrorInfo } from "../errors/failure.ts";
import { decodeEvent, encodeEvent, readEvents } from "./event-codec.ts";
import { encodeFrame, hasFrameOf, RecordUndecodableError, splitFrames } from "./frame.ts";
import { decodeLease } from "./lease-codec.ts";
import { encodePayload } from "./payload.ts";
import { recordKinds, WIRE_VERSION } from "./record-kinds.ts";
import type { RunEvent } from "./records.ts";

function eventOf(message: Uint8Array): RunEvent {
  const [frame] = splitFrames(message);
  if (frame === undefined) throw new RecordUndecodableError("no frame");
  return decodeEvent(frame);
}

test("a payload that is not one whole value is refused: what stands behind it would be taken for a part of it", () => {
  const about = { run: "r", node: 0, attempt: 1 };
  const events = (payload: Uint8Array): readonly RunEvent[] => [
    { type: "run.started", run: "r", client: "c", workflow: "w", graph: "g", input: payload },
    { type: "attempt.succeeded", ...about, result: payload },
    { type: "attempt.replaced", ...about, graph: "g", input: payload },
    { type: "expression.evaluated", run: "r", target: "over:0", value: payload },
    { type: "signal.received", run: "r", signal: "s", id: "1", payload },
  ];
  const unsound = [[], [0xc1], [0x91], [0x01, 0x02], [0xdd, 255, 255, 255, 255, 1], [0xd4, 0x01, 0x05]];
  for (const bytes of unsound) {
    for (const event of events(Uint8Array.from(bytes))) {
      expect(() => eventOf(encodeEvent(event)), `${event.type} ${bytes.join()}`).toThrow(RecordUndecodableError);
    }
  }
  for (const event of events(encodePayload([1, { a: "b" }]))) expect(eventOf(encodeEvent(event))).toEqual(event);
});

test("fields that a newer writer adds are skipped", () => {
  const body = encodePayload(["worker-1", 3, 17, 1_000, null, null, null, null, null, { added: [1, { later: "x" }] }]);
  const message = encodeFrame(WIRE_VERSION, recordKinds.lease, body);
  expect(decodeLease(message)).toEqual({ owner: "worker-1", epoch: 3, mark: 17, renewedAtMs: 1_000 });
});

test("whole numbers may be integers of 64 bits, as other languages write them", () => {
  const body = encodePayload(["worker-1", 3n, 17n, 2n ** 41n]);
  const message = encodeFrame(WIRE_VERSION, recordKinds.lease, body);
  expect(decodeLease(message)).toEqual({ owner: "worker-1", epoch: 3, mark: 17, renewedAtMs: 2 ** 41 });
  const negative = encodePayload(["worker-1", -3n, 17n, 0]);
  expect(() => decodeLease(encodeFrame(WIRE_VERSION, recordKinds.lease, negative))).toThrow(RecordUndecodableError);
});

test("fields that a newer writer adds to a record in a record are skipped too", () => {
  const error = ["TypeError", "m", null, null, null, "added"];
  const failure = ["TASK_FAILED", error, true, 7, ["added"], "more"];
  const body = encodePayload(["run", 3, 1, failure]);
  expect(eventOf(encodeFrame(WIRE_VERSION, recordKinds.attemptFailed, body))).toEqual({
    type: "attempt.failed",
    run: "run",
    node: 3,
    attempt: 1,
    failure: { code: "TASK_FAILED", error: { name: "TypeError", message: "m" }, permanent: true, retryAfterMs: 7 },
  });
});

test("an endless chain of causes is refused", () => {
  let cause: ErrorInfo = { name: "E", message: "m" };
  for (let i = 0; i < 1_000; i++) cause = { name: "E", message: "m", cause };
  const message = encodeEvent({
    type: "attempt.failed",
    run: "r",
    node: 0,
    attempt: 1,
    failure: { code: "TASK_FAILED", error: cause, permanent: false },
  });
  expect(() => eventOf(message)).toThrow(RecordUndecodableError);
});

describe("the events of a message", () => {
  const read = (message: Uint8Array) => {
    const events: RunEvent[] = [];
    const undecodable: Uint8Array[] = [];
    readEvents(
      message,
      (each) => events.push(each),
      (rest) => undecodable.push(rest),
    );
    return { events, undecodable };
  };

  test("come without those that cannot be decoded, which are set aside as they are", () => {
    const [first, second] = [
      encodeEvent({ type: "timer.fired", run: "a", timer: "t" }),
      encodeFrame(9, 1, new Uint8Array(3)),
    ];
    const { events, undecodable } = read(new Uint8Array([...first, ...second, ...first]));
    expect(events.map((each) => each.run)).toEqual(["a", "a"]);
    expect(undecodable).toEqual([second]);
  });
  test("end where the lengths do not add up", () => {
    const first = encodeEvent({ type: "timer.fired", run: "a", timer: "t" });
    for (const rest of [[0], [0, 0, 0, 1, 1, 1], [0, 0, 0, 99, 1, 1, 5]]) {
      const { events, undecodable } = read(new Uint8Array([...first, ...rest]));
      expect(events).toHaveLength(1);
      expect(undecodable).toEqual([new Uint8Array(rest)]);
    }
  });
  test("tell their kinds without being read, as far as the lengths add up", () => {
    const [timer, resumed] = [
      encodeEvent({ type: "timer.fired", run: "a", timer: "t" }),
      encodeEvent({ type: "run.resume.requested", run: "a" }),
    ];
    const { timerFired, runResumeRequested, runStarted } = recordKinds;
    const message = new Uint8Array([...timer, ...resumed, 0]);
    expect(hasFrameOf(message, [runStarted, runResumeRequested])).toBe(true);
    expect(hasFrameOf(message, [timerFired])).toBe(true);
    expect(hasFrameOf(message, [runStarted])).toBe(false);
    expect(hasFrameOf(message.subarray(0, timer.length + 3), [runResumeRequested])).toBe(false);
  });
  test("pass on what the reader throws", () => {
    const message = encodeEvent({ type: "timer.fired", run: "a", timer: "t" });
    const fail = () => {
      throw new TypeError("mine");
    };
    expect(() => readEvents(message, fail, fail)).toThrow(new TypeError("mine"));
  });
  test("never make reading throw", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (message) => {
        expect(() => read(message)).not.toThrow();
      }),
      { numRuns: 1_000 },
    );
  });
});
