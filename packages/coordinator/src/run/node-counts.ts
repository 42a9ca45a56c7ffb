/** A count for each node of a run. Typed arrays in large runs: they take little for each node, and grow without leftovers. */
export type NodeCounts = number[] | Uint8Array | Uint32Array;

/** From so many nodes on the counts of a run are packed. */
export const NODES_PACKED_FROM = 4_096;
const BYTE_MAX = 255;

/** Counts with room for `needed` nodes, of which those of `used` are taken over; no new one is above `most`. */
export function withRoom(counts: NodeCounts, used: number, needed: number, most: number): NodeCounts {
  if (Array.isArray(counts) && needed < NODES_PACKED_FROM) return counts;
  const isWide = most > BYTE_MAX || counts instanceof Uint32Array || (Array.isArray(counts) && hasWide(counts));
  const isRoomy = !Array.isArray(counts) && counts.length >= needed;
  if (isRoomy && isWide === counts instanceof Uint32Array) return counts;
  // Exact at first, for runs that open one large map; doubled, for those that open many.
  const length = Array.isArray(counts) ? needed : Math.max(needed, isRoomy ? counts.length : counts.length * 2);
  const room = packedCounts(length, isWide ? BYTE_MAX + 1 : BYTE_MAX);
  if (Array.isArray(counts)) room.set(counts.slice(0, used));
  else room.set(counts.subarray(0, used));
  return room;
}

/** Counts of zero, which may become as large as `most`. */
export function zeroCounts(nodes: number, most: number): NodeCounts {
  return nodes < NODES_PACKED_FROM ? new Array<number>(nodes).fill(0) : packedCounts(nodes, most);
}

export function packedCounts(nodes: number, most: number): Uint8Array | Uint32Array {
  return most > BYTE_MAX ? new Uint32Array(nodes) : new Uint8Array(nodes);
}

function hasWide(counts: readonly number[]): boolean {
  return counts.some((count) => count > BYTE_MAX);
}
