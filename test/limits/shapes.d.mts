import type { Canvas } from "arpeggio";

export interface Shape {
  readonly canvas: Canvas<unknown, unknown>;
  readonly input: unknown;
  readonly expected: unknown;
  /** How many nodes a run of it has, those of bodies included. */
  readonly nodes: number;
}
export declare const shapes: Readonly<
  Record<"chain" | "nested" | "maps" | "group" | "map" | "lattice", (size: number) => Shape>
>;
