import type { Canvas } from "arpeggio";

export interface Shape {
  readonly canvas: Canvas<unknown, unknown>;
  readonly input: unknown;
  readonly expected: unknown;
  /** How many nodes a run of it has, those of bodies included. */
  readonly nodes: number;
}
type Name =
  | ("chain" | "nested" | "maps" | "group" | "map" | "lattice")
  | ("settled" | "named" | "loops" | "choices" | "branches");
export declare const shapes: Readonly<Record<Name, (size: number) => Shape>> & {
  /** `inmost` takes a number, and gives the result. */
  levels(
    size: number,
    options?: { readonly inmost?: Canvas<number, unknown>; readonly kinds?: readonly string[] },
  ): Shape;
};
