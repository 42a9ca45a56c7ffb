import type { Payload } from "@arpeggio/core";

/** Packed values as a checkpoint has them: the bytes of all, one after another, and {@link ABSENT_BYTE} where there is none. */
export interface PackedSnapshot {
  readonly count: number;
  readonly bytes: Uint8Array;
}

/** No MessagePack value begins with it, so a list of values with gaps needs no list of their lengths. */
export const ABSENT_BYTE = 0xc1;

/**
 * The values of a wide map in few pieces of memory. An array of a million small values takes some two hundred megabytes, nearly
 * all of it for the objects around the bytes.
 */
export abstract class PackedValues {
  abstract readonly length: number;
  /** In how many bytes all values lie. */
  abstract readonly bytes: number;

  /** A view; undefined where there is no value. */
  abstract get(place: number): Payload | undefined;

  /** Writes all values that are there, one after another; gives the place behind them. */
  abstract writeTo(target: Uint8Array, at: number): number;

  abstract snapshot(): PackedSnapshot;
}
