import type { Payload } from "@arpeggio/core";
import type { BranchOutcome } from "./extras.ts";
import { PackedValues } from "./packed-values.ts";
import type { Scope } from "./scope.ts";
import { kept, UNKNOWN } from "./value.ts";
import type { Value } from "./value.ts";

/** An item that an event has cut off, or what the branches of a node had come to that it has cut off. */
export type CutOff =
  | { readonly scope: Scope; readonly item: number }
  | { readonly node: number; readonly outcomes: readonly (BranchOutcome | undefined)[] };

/** What the objects around a value take, beside its bytes. */
const ENTRY_BYTES = 128;
const ELEMENT_BYTES = 16;

/**
 * What the nodes and parts of a run came to, kept beyond its use. Only runs have one that are folded again to be looked at
 * after their end; those under way let a result go with its last reader.
 */
export class RunArchive {
  /** What the run was started with. */
  readonly input: Payload;
  /** What the event that ended the run has cut off. */
  cutOff: readonly CutOff[] = [];
  /** Nodes whose handlers have ended more than them, the item that they lie in or the run: run again, they do so again. */
  readonly enders = new Set<number>();
  /** False where there was no room for everything. */
  isComplete = true;
  readonly #results = new Map<number, Value>();
  readonly #parts = new Map<number, Value>();
  #bytesLeft: number;

  constructor(input: Payload, bytesMax: number) {
    this.input = kept(input);
    this.#bytesLeft = bytesMax - input.length;
  }

  /** What a node has come to. Of a map, this is the list of what its items came to. */
  resultOf(node: number): Value | undefined {
    return this.#results.get(node);
  }

  /** What a part of a node that is no map has come to, by its scope. */
  partOf(scope: number): Value | undefined {
    return this.#parts.get(scope);
  }

  addResult(node: number, value: Value): void {
    this.#add(this.#results, node, value);
  }

  addPart(scope: number, value: Value): void {
    this.#add(this.#parts, scope, value);
  }

  #add(values: Map<number, Value>, place: number, value: Value): void {
    if (value === UNKNOWN) return;
    const bytes = ENTRY_BYTES + bytesOf(value);
    if (bytes > this.#bytesLeft) {
      this.isComplete = false;
      return;
    }
    this.#bytesLeft -= bytes;
    values.set(place, value instanceof Uint8Array ? kept(value) : value);
  }
}

/** The elements of lists in lists share their bytes with what was added before. */
function bytesOf(value: Value): number {
  if (value instanceof Uint8Array) return value.length;
  if (value instanceof PackedValues) return value.bytes;
  return value.reduce((sum, one) => sum + ELEMENT_BYTES + (one instanceof Uint8Array ? one.length : 0), 0);
}
