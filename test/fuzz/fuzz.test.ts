import { graphProblems, OPERATORS, recordKinds } from "@arpeggio/core";
import { describe, expect, test } from "vitest";
import { graphs } from "./corpus/graphs.ts";
import { records } from "./corpus/records.ts";
import { operators } from "./corpus/expressions.ts";
import { fuzz, harmOf } from "./fuzz.ts";
import type { Group } from "./groups/group.ts";
import { groups } from "./groups/all.ts";
import { ensure, HarmError } from "./oracles/harm.ts";
import { regressions } from "./regressions.ts";

describe("the corpus", () => {
  test("has records of every kind", () => {
    const kinds = Object.entries(records).map(([kind, ofKind]) => [
      kind,
      [...new Set(ofKind.map((record) => record[5]))],
    ]);
    expect(Object.fromEntries(kinds)).toEqual(
      Object.fromEntries(Object.entries(recordKinds).map(([kind, byte]) => [kind, [byte]])),
    );
    expect(Object.keys(operators)).toEqual(OPERATORS);
  });
  test("has sound graphs", () => {
    expect(graphs.map(graphProblems)).toEqual(graphs.map(() => []));
  });
  test("is read by every group without harm as it is", async () => {
    const result = { read: 0, refused: 0, slowestMs: 0 };
    for (const group of groups) {
      for (const record of Object.values(records).flat()) expect(await harmOf(group, record, result)).toBeUndefined();
    }
    expect(result.read).toBeGreaterThan(1_000);
  });
});

// `pnpm test:fuzz` does the same with as many records as one likes.
test.each(groups)("$name: mutated records are read or refused, and do no harm", async (group) => {
  const { harm, read, refused } = await fuzz(group, { seed: 20_261_130, records: 400 });
  expect(harm).toBeUndefined();
  expect(read).toBeGreaterThan(20);
  expect(refused).toBeGreaterThan(20);
});

test.each(regressions)("$group: $found", async ({ group, bytes }) => {
  const found = groups.find(({ name }) => name === group) as Group;
  const result = { read: 0, refused: 0, slowestMs: 0 };
  expect(await harmOf(found, new Uint8Array(Buffer.from(bytes, "base64")), result)).toBeUndefined();
});

describe("a group that does harm is found out", () => {
  const base: Group = { name: "broken", make: (random) => Uint8Array.of(random(256)), read() {} };
  const harmIn = async (read: Group["read"]) => (await fuzz({ ...base, read }, { seed: 1, records: 1_000 })).harm;

  test("with the record that leads to it, which one command repeats", async () => {
    const read = (bytes: Uint8Array) => ensure(bytes[0] !== 7, "it is a seven");
    const harm = await harmIn(read);
    expect(harm).toMatchObject({ bytes: Uint8Array.of(7), what: expect.stringContaining("it is a seven") as string });
    const again = await fuzz({ ...base, read }, { seed: 1, from: harm?.record ?? 0, records: 1 });
    expect(again.harm).toMatchObject({ record: harm?.record, bytes: Uint8Array.of(7) });
  });
  test("by a prototype that was changed", async () => {
    const harm = await harmIn(() => void Object.assign(Object.prototype, { x: 1 }));
    Reflect.deleteProperty(Object.prototype, "x");
    expect(harm?.what).toBe("changed a prototype");
  });
  test("by memory that it takes each time", async () => {
    const kept: Uint8Array[] = [];
    const harm = await harmIn(() => void kept.push(new Uint8Array(100_000_000)));
    expect(harm?.what).toMatch(/bytes of memory for 1 bytes/);
  });
  test("by an error of any other kind", async () => {
    const harm = await harmIn(() => {
      throw new HarmError("it fell");
    });
    expect(harm).toMatchObject({ record: 0, what: expect.stringContaining("it fell") as string });
  });
});
