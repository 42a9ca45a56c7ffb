import { expect, test } from "vitest";
import { announcementIn, peerIn, pressureIn } from "./announcement.ts";
import { encodePayload } from "./payload.ts";

const unsound = [
  7,
  null,
  [],
  { name: "c", owned: 1 },
  ["c"],
  [
    { toString: 1, valueOf: 2 },
    { toString: 1, valueOf: 2 },
  ],
  ["c", Number.NaN],
  ["c", Infinity],
  ["c", 0.5],
  ["c", 2n ** 70n],
  ["QUEUE_FULL", { toString: 1, valueOf: 2 }],
];

test("what is no announcement says nothing", () => {
  for (const said of unsound) {
    expect(peerIn(encodePayload(said))).toBeUndefined();
    expect(pressureIn(encodePayload(said))).toBeUndefined();
  }
  for (const bytes of [[], [0xc1], [0x92, 0xa1]]) {
    expect(announcementIn(Uint8Array.from(bytes))).toEqual([]);
    expect(peerIn(Uint8Array.from(bytes))).toBeUndefined();
  }
});

test("what a coordinator says is understood", () => {
  expect(peerIn(encodePayload(["c", -1]))).toEqual({ name: "c", owned: -1 });
  expect(pressureIn(encodePayload(["QUEUE_FULL", "7 runs"]))).toEqual({ code: "QUEUE_FULL", detail: "7 runs" });
  expect(peerIn(encodePayload(["c", 3, "of a later release"]))).toEqual({ name: "c", owned: 3 });
});
