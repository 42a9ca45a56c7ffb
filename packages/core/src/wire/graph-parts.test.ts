import { describe, expect, test } from "vitest";
import { RecordUndecodableError } from "./frame.ts";
import { decodeGraph, encodeGraph } from "./graph-codec.ts";
import { graphPartKeys, joinGraph, splitGraph, wholeGraph } from "./graph-parts.ts";
import { encodeRecord, recordKinds } from "./record-kinds.ts";

const graph = { canvas: 1, name: "w", nodes: Array.from({ length: 100 }, (_, i) => ({ id: `n${i}` })) };
const encoded = encodeGraph(graph);

/** In parts of 100 bytes, and what a bucket gives for their keys. */
function stored(bytes: Uint8Array) {
  const { list, parts } = splitGraph(bytes, 100);
  const keys = graphPartKeys(list) ?? [];
  return { list, parts, keys, values: keys.map((key) => parts.get(key)) };
}

describe("a graph in parts", () => {
  test("is put together again", () => {
    const { list, parts, keys, values } = stored(encoded);
    expect(keys).toHaveLength(Math.ceil(encoded.length / 100));
    expect(new Set(keys)).toEqual(new Set(parts.keys()));
    expect(decodeGraph(joinGraph(list, values))).toEqual(graph);
  });
  test("may have equal parts, which are stored once", () => {
    const zeros = new Uint8Array(1_000);
    const { list, parts, values } = stored(zeros);
    expect(parts.size).toBe(1);
    expect(joinGraph(list, values)).toEqual(zeros);
  });
  test("is fetched part by part, each of them once", async () => {
    const { list, parts } = stored(new Uint8Array(1_000));
    const asked: string[] = [];
    const get = (key: string) => Promise.resolve((asked.push(key), parts.get(key)));
    expect(await wholeGraph(list, get)).toEqual(new Uint8Array(1_000));
    expect(asked).toEqual([...parts.keys()]);
    expect(await wholeGraph(encoded, get)).toBe(encoded);
  });
  test("that names a part so often that it would come to far more than is stored is refused", () => {
    const part = encodeRecord(recordKinds.graphPart, [new Uint8Array(100_000)]);
    const keys = Array<string>(1_000).fill("part");
    const list = encodeRecord(recordKinds.graphParts, [100_000_000, keys]);
    const parts = keys.map(() => part);
    expect(() => joinGraph(list, parts)).toThrow(/parts of 100000 bytes come to a graph of 100000000 bytes/);
  });
  test("is told from one that is stored whole", () => {
    expect(graphPartKeys(encoded)).toBeUndefined();
  });
  test("that lacks one, or has one of another length, is refused", () => {
    const { list, values } = stored(encoded);
    expect(() => joinGraph(list, values.with(3, undefined))).toThrow(/'part-\w+' of the graph is not stored/);
    expect(() => joinGraph(list, values.with(3, values.at(-1)))).toThrow(RecordUndecodableError);
    expect(() => joinGraph(list, values.with(3, encoded))).toThrow(RecordUndecodableError);
  });
});
