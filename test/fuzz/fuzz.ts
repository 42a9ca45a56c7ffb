import { getHeapStatistics } from "node:v8";
import type { Group } from "./groups/group.ts";
import { arePrototypesClean } from "./oracles/harm.ts";
import type { Tally } from "./oracles/harm.ts";
import { randomOfRecord } from "./random.ts";

/** What a record may take, in milliseconds: so much for any, and so much for each of its bytes. */
const MS_MAX = 250;
const MS_A_BYTE_MAX = 0.02;
/** How much memory a record may take before it is let go: so many bytes for any, and so many for each of its own. */
const MEMORY_MAX = 64 * 1024 * 1024;
const MEMORY_A_BYTE_MAX = 1_000;
/** How often a record has to take too much before that is held against it: the machine, or a collection, may be the reason. */
const TRIALS = 4;

export interface Harm {
  readonly record: number;
  readonly bytes: Uint8Array;
  readonly what: string;
}

export interface FuzzResult extends Tally {
  readonly records: number;
  /** Of the slowest record, each tried again where it was slow. */
  slowestMs: number;
  harm: Harm | undefined;
}

export interface FuzzOptions {
  readonly seed: number;
  /** The number of the first record. @defaultValue `0` */
  readonly from?: number;
  readonly records: number;
  /** Is told the number of each record before it is read. */
  readonly onRecord?: (record: number) => void;
}

/** Gives a group what records can be turned into; stops at the first that does harm. */
export async function fuzz(group: Group, { seed, from = 0, records, onRecord }: FuzzOptions): Promise<FuzzResult> {
  const result: FuzzResult = { records, read: 0, refused: 0, slowestMs: 0, harm: undefined };
  const { stackTraceLimit } = Error;
  // Most records are refused, and nobody looks at where: the traces would take most of the time.
  Error.stackTraceLimit = 0;
  try {
    for (let record = from; record < from + records && result.harm === undefined; record++) {
      onRecord?.(record);
      const bytes = group.make(randomOfRecord(seed, record));
      const found = await harmOf(group, bytes, result);
      if (found === undefined) continue;
      Error.stackTraceLimit = stackTraceLimit;
      result.harm = { record, bytes, what: (await harmOf(group, bytes, result)) ?? found };
    }
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
  return result;
}

/** What is wrong with how a group reads these bytes; undefined if nothing is. */
export async function harmOf(
  group: Group,
  bytes: Uint8Array,
  result: Tally & { slowestMs: number },
): Promise<string | undefined> {
  const msMax = MS_MAX + bytes.length * MS_A_BYTE_MAX;
  const memoryMax = MEMORY_MAX + bytes.length * MEMORY_A_BYTE_MAX;
  let tookMs = Infinity;
  let took = Infinity;
  for (let trial = 0; trial < TRIALS && (tookMs > msMax || took > memoryMax); trial++) {
    const before = memoryInUse();
    const began = performance.now();
    try {
      const reading = group.read(bytes, result);
      if (reading !== undefined) await reading;
    } catch (error) {
      return error instanceof Error ? (error.stack ?? error.message) : String(error);
    }
    tookMs = Math.min(tookMs, performance.now() - began);
    took = Math.min(took, memoryInUse() - before);
  }
  result.slowestMs = Math.max(result.slowestMs, tookMs);
  if (tookMs > msMax) return `took ${tookMs.toFixed(0)} ms for ${bytes.length} bytes`;
  if (took > memoryMax) return `took ${took} bytes of memory for ${bytes.length} bytes`;
  return arePrototypesClean() ? undefined : "changed a prototype";
}

function memoryInUse(): number {
  const { used_heap_size: heap, external_memory: external } = getHeapStatistics();
  return heap + external;
}
