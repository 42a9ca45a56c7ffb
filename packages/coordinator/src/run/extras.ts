import type { NodeFailure, Payload } from "@arpeggio/core";
import type { PartEnd } from "./part-end.ts";
import type { Plan } from "./plan.ts";
import type { Value } from "./value.ts";

/** What only some runs have: those with more than tasks and maps, and those that somebody has paused or goes on with. */
export interface RunExtras {
  /** Nodes that have opened parts and not ended, and ended scopes whose undoing is under way. */
  readonly composites: Map<number, Composite>;
  /** What is to be undone should a part fail, by {@link partKey}; each list in the order in which it came about. */
  undos: Map<string, Undo[]> | undefined;
  /** How many of them there have been: the place of the next in the order. */
  undoCount: number;
  /** Parts that have ended and are being undone, by {@link partKey}. */
  compensations: Map<string, Compensation> | undefined;
  /** Graphs that tasks have put in their places, by their hashes. */
  plans: Map<string, Plan> | undefined;
  /** Signal nodes that wait, by the name of the signal, in the order in which they began to. Some may have ended. */
  waiters: Map<string, number[]> | undefined;
  /** Signals that nobody has waited for yet, in the order of the log. */
  early: EarlySignal[] | undefined;
  /** The ids of the last signals. */
  signalIds: Set<string> | undefined;
  /** Why the run is paused; undefined if it is not. */
  paused: string | undefined;
  /** Nodes that would have begun if the run were not paused, and timers that would have begun something, in that order. */
  held: Set<number | string> | undefined;
  /** Nodes and parts that an earlier run has done, by path, with their results. */
  kept: Map<string, Value | undefined> | undefined;
}

/** A node at work that consists of parts, each of which is a scope. */
export interface Composite {
  /** What `$in` is in its parts. */
  input: Value | undefined;
  /** The scopes of its parts that have not ended. */
  readonly parts: Set<number>;
  /** Of a scope: which of its parts is under way. */
  phase: Phase;
  /** Of a scope: where its last part stands among what is to be undone, should it be cut off. */
  order: number;
  /** Of a loop: how often its body has begun. */
  round: number;
  /** Of branches and maps: how many parts have ended, and how many of them badly. */
  ended: number;
  failed: number;
  /** Of branches: what each has come to. */
  outcomes: (BranchOutcome | undefined)[] | undefined;
  /** What a scope's body or a loop's last round has come to. */
  value: Value | undefined;
  /** Why a scope's body failed. */
  failure: NodeFailure | undefined;
  /** The results that the body left when it failed. */
  partial: Payload | undefined;
  /** The compensation that the part under way belongs to, by {@link partKey}. */
  compensation: string | undefined;
}

export type Phase = "body" | "onError" | "recover" | "finally" | "undo";

export type BranchOutcome =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly error: NodeFailure };

/** Something that has to run when what is around it fails. */
export interface Undo {
  /** The undo of a scope that has succeeded, or the last part of one that was cut off. */
  readonly kind: "undo" | "finally";
  readonly node: number;
  /** Which was earlier. */
  readonly order: number;
  readonly input: Value;
  /** What the scope came to. */
  readonly output: Value | undefined;
}

/** A part that has ended and in which something has to be undone before anybody learns of it. */
export interface Compensation {
  readonly scope: number;
  readonly item: number;
  /** What is still to be undone: the last comes first. */
  readonly left: Undo[];
  /** Nodes whose undo or last part is under way. */
  readonly running: number[];
  /** What happens when all of it is done. */
  readonly end: PartEnd;
}

export interface EarlySignal {
  readonly signal: string;
  readonly payload: Payload;
}

export function createExtras(): RunExtras {
  return {
    composites: new Map(),
    undos: undefined,
    undoCount: 0,
    compensations: undefined,
    plans: undefined,
    waiters: undefined,
    early: undefined,
    signalIds: undefined,
    paused: undefined,
    held: undefined,
    kept: undefined,
  };
}

export function createComposite(input: Value | undefined): Composite {
  return {
    input,
    parts: new Set(),
    phase: "body",
    order: 0,
    round: 0,
    ended: 0,
    failed: 0,
    outcomes: undefined,
    value: undefined,
    failure: undefined,
    partial: undefined,
    compensation: undefined,
  };
}

/** What an item of a scope is called in the maps of {@link RunExtras}. */
export function partKey(scope: number, item: number): string {
  return `${scope}:${item}`;
}
