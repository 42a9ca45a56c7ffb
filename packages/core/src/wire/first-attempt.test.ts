import { describe, expect, test } from "vitest";
import { decodeAttempt, encodeAttempt } from "./attempt-codec.ts";
import { encodeEvent } from "./event-codec.ts";
import { RecordUndecodableError } from "./frame.ts";
import { encodePayload } from "./payload.ts";

describe("a start that is its run's first attempt, too", () => {
  const input = encodePayload({ a: 1 });
  const about = { run: "r", partition: 2, node: 0, nodePath: "t", attempt: 1, task: "t" };
  const empty = { kind: "value", payload: new Uint8Array(0) } as const;
  const start = (first?: Uint8Array) =>
    encodeEvent({
      type: "run.started",
      run: "r",
      client: "c",
      workflow: "w",
      graph: "g",
      input,
      ...(first && { first }),
    });

  test("is read as that attempt, with the run's input", () => {
    const message = start(encodeAttempt({ ...about, input: empty, timeoutMs: 5 }));
    expect(decodeAttempt(message)).toEqual({ ...about, input: { kind: "value", payload: input }, timeoutMs: 5 });
  });

  test.each([
    ["without an attempt", start()],
    ["of another run", start(encodeAttempt({ ...about, run: "s", input: empty }))],
    ["of another node", start(encodeAttempt({ ...about, node: 1, input: empty }))],
    ["of a later attempt", start(encodeAttempt({ ...about, attempt: 2, input: empty }))],
    ["with something else in it", start(Uint8Array.of(1, 2, 3))],
    ["among others", Buffer.concat([start(encodeAttempt({ ...about, input: empty })), start()])],
  ])("is refused %s", (_, message) => {
    expect(() => decodeAttempt(message)).toThrow(RecordUndecodableError);
  });
});
