import { headers } from "@nats-io/nats-core";
import { describe, expect, test } from "vitest";
import {
  apiAnswerIn,
  errorIn,
  isAcknowledgement,
  isTemporary,
  messageFromLeader,
  messageGiven,
  sequenceIn,
} from "./server-answers.ts";

const bytes = (text: string) => Buffer.from(text);
const unreadable = { code: "SERVER_REQUEST_FAILED", message: expect.stringContaining("its answer cannot be read") };

test("an acknowledgement has the sequence of what was stored", () => {
  const answer = bytes('{"stream":"ARP_EVENTS","domain":"hub","seq":1234567, "duplicate": true}');
  expect(isAcknowledgement(answer)).toBe(true);
  expect(sequenceIn("s", answer)).toBe(1_234_567);
});

test.each(["", "{", '{"stream":"x"}', '{"stream":"x","seq":}', '{"stream":"x","seq":0}', `{"seq":${"9".repeat(30)}}`])(
  "what has no sequence is refused: %s",
  (text) => {
    expect(() => sequenceIn("s", bytes(text))).toThrow(expect.objectContaining(unreadable));
  },
);

test("only what begins like an acknowledgement is one", () => {
  for (const text of ["", "xxs", '{"error":{}}', "+OK"]) expect(isAcknowledgement(bytes(text))).toBe(false);
});

test("errors are told with their numbers", () => {
  const error = { code: 503, err_code: 10_008, description: "no leader" };
  const answer = bytes(JSON.stringify({ type: "t", error }));
  expect(isTemporary(answer)).toBe(true);
  expect(errorIn("s", answer)).toEqual(error);
  expect(apiAnswerIn("s", answer)).toEqual({ error });
  expect(apiAnswerIn("s", bytes('{"type":"t","state":{}}'))).toEqual({ result: { type: "t", state: {} } });
});

describe("what is no answer of a server", () => {
  test.each(["", "null", "7", "[]", "{}", "{", '{"error":7}', '{"error":{"err_code":"1"}}', "\u0000"])("%j", (text) => {
    expect(isTemporary(bytes(text))).toBe(false);
    expect(() => errorIn("s", bytes(text))).toThrow(expect.objectContaining(unreadable));
    expect(() => apiAnswerIn("s", bytes(text))).toThrow(expect.objectContaining(unreadable));
  });
});

test("a message has a place and a time, or is none", () => {
  const message = { subject: "a.b", seq: 7, time: "2026-11-30T12:00:00.123456789Z", data: "eA==", hdrs: "" };
  expect(messageFromLeader("s", { message })).toMatchObject({ subject: "a.b", sequence: 7, bytes: bytes("x") });
  for (const change of [{ subject: 1 }, { seq: "7" }, { seq: 0.5 }, { time: "soon" }, { data: {} }, { hdrs: [] }])
    expect(() => messageFromLeader("s", { message: { ...message, ...change } })).toThrow("its answer cannot be read");
  for (const other of [undefined, null, 7])
    expect(() => messageFromLeader("s", { message: other })).toThrow("its answer cannot be read");

  const given = headers();
  const data = bytes("x");
  expect(() => messageGiven("s", { data })).toThrow(expect.objectContaining(unreadable));
  expect(() => messageGiven("s", { data, headers: given })).toThrow(expect.objectContaining(unreadable));
  given.set("Nats-Subject", "a.b");
  given.set("Nats-Sequence", "7");
  given.set("Nats-Time-Stamp", message.time);
  expect(messageGiven("s", { data, headers: given })).toMatchObject({ subject: "a.b", sequence: 7 });
});
