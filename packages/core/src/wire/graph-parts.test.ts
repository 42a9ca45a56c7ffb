import { describe, expect, test } from "vitest";
import { RecordUndecodableError } from "./frame.ts";
import { decodeGraph, encodeGraph } from "./graph-codec.ts";
import { graphPartKeys, joinGraph, splitGraph } from "./graph-parts.ts";

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
