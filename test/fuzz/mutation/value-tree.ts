import { arrayHeader, FRAME_HEADER_BYTES, joined, mapHeader } from "@arpeggio/core";
import { arrayHeaderAt, mapHeaderAt, skipValue } from "../../../packages/core/src/wire/payload-scan.ts";

/**
 * A message as a tree, so that any part of it can be exchanged and everything around it stays sound: the lengths are
 * written anew. Bytes that hold a value or a frame themselves are taken apart, too.
 */
export type Tree =
  | { readonly kind: "list"; readonly parts: Tree[] }
  /** Names and values in turn. */
  | { readonly kind: "map"; readonly parts: Tree[] }
  | { readonly kind: "frame"; readonly head: Uint8Array; readonly parts: Tree[] }
  /** A MessagePack bin around what stands in it. */
  | { readonly kind: "bytes"; readonly parts: Tree[] }
  | Leaf;

export interface Leaf {
  readonly kind: "leaf";
  readonly bytes: Uint8Array;
  readonly parts: readonly never[];
}

export function leaf(bytes: Uint8Array): Leaf {
  return { kind: "leaf", bytes, parts: [] };
}

/** The tree of a sound message or value; a leaf of it as a whole where it is none. */
export function treeOf(bytes: Uint8Array): Tree {
  return frameIn(bytes) ?? valueIn(bytes) ?? leaf(bytes);
}

function frameIn(bytes: Uint8Array, depth = 0): Tree | undefined {
  if (bytes.length < FRAME_HEADER_BYTES) return undefined;
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
  if (length !== bytes.length - 4) return undefined;
  const body = valueIn(bytes.subarray(FRAME_HEADER_BYTES), depth);
  return body && { kind: "frame", head: bytes.subarray(4, FRAME_HEADER_BYTES), parts: [body] };
}

function valueIn(bytes: Uint8Array, depth = 0): Tree | undefined {
  try {
    const { tree, end } = treeAt(bytes, 0, depth);
    return end === bytes.length ? tree : undefined;
  } catch {
    return undefined;
  }
}

/** What lies deeper is a leaf as a whole: trees are gone through by recursion. */
const DEPTH_MAX = 200;

function treeAt(bytes: Uint8Array, at: number, depth: number): { readonly tree: Tree; readonly end: number } {
  const list = depth < DEPTH_MAX ? arrayHeaderAt(bytes, at) : undefined;
  const map = list === undefined && depth < DEPTH_MAX ? mapHeaderAt(bytes, at) : undefined;
  const header = list ?? map;
  if (header === undefined) {
    const end = skipValue(bytes, at, bytes.length);
    return { tree: leafOrBytes(bytes.subarray(at, end), depth), end };
  }
  const parts: Tree[] = [];
  let end = header.from;
  for (let left = header.length * (list === undefined ? 2 : 1); left > 0; left--) {
    const part = treeAt(bytes, end, depth + 1);
    parts.push(part.tree);
    ({ end } = part);
  }
  return { tree: { kind: list === undefined ? "map" : "list", parts }, end };
}

const binHeaders = new Map([
  [0xc4, 2],
  [0xc5, 3],
  [0xc6, 5],
]);

function leafOrBytes(value: Uint8Array, depth: number): Tree {
  const header = binHeaders.get(value[0] as number);
  const content = header === undefined ? undefined : value.subarray(header);
  const inner = content && (frameIn(content, depth + 1) ?? valueIn(content, depth + 1));
  return inner === undefined ? leaf(value) : { kind: "bytes", parts: [inner] };
}

export function bytesOf(tree: Tree): Uint8Array {
  const chunks: Uint8Array[] = [];
  write(tree, chunks);
  return joined(chunks);
}

function write(tree: Tree, chunks: Uint8Array[]): void {
  switch (tree.kind) {
    case "leaf":
      chunks.push(tree.bytes);
      return;
    case "list":
      chunks.push(arrayHeader(tree.parts.length));
      break;
    case "map":
      chunks.push(mapHeader(Math.ceil(tree.parts.length / 2)));
      break;
    case "frame":
    case "bytes": {
      const content = joined(tree.parts.map(bytesOf));
      if (tree.kind === "frame") chunks.push(lengthOf(content.length + 2), tree.head, content);
      else chunks.push(Uint8Array.of(0xc6), lengthOf(content.length), content);
      return;
    }
  }
  for (const part of tree.parts) write(part, chunks);
  if (tree.kind === "map" && tree.parts.length % 2 === 1) chunks.push(Uint8Array.of(0xc0));
}

function lengthOf(length: number): Uint8Array {
  return Uint8Array.of(length >>> 24, length >>> 16, length >>> 8, length);
}
