import type { Command } from "./commands.ts";
import type { Undo } from "../run/extras.ts";
import type { PartEnd } from "../run/part-end.ts";
import type { Plan } from "../run/plan.ts";
import type { CutOff } from "../run/run-archive.ts";
import type { RunState } from "../run/run-state.ts";
import type { Scope } from "../run/scope.ts";
import type { Value } from "../run/value.ts";

/** What the parts of the fold hand to each other while one event is folded. */
export interface FoldContext {
  readonly run: RunState;
  /** When the log stored the event: the only time there is. */
  readonly timestampMs: number;
  readonly commands: Command[];
  /**
   * What follows inside the run and is still to be worked off. A list and not calls: a thousand maps may lie in each
   * other, and ten thousand steps in a row may end at once.
   */
  readonly agenda: AgendaItem[];
  /** Nodes that were queued or running when they were cancelled. */
  readonly aborted: number[];
  /** What was cut off and has to be undone before what it belonged to can be told. */
  leftovers: Leftovers | undefined;
  /** What this event has cut off, and the results that were let go because of that, by node. */
  cutOff: CutOff[] | undefined;
  dropped: Map<number, Value> | undefined;
}

export interface Leftovers {
  readonly left: Undo[];
  /** Nodes whose undoing is under way. */
  readonly running: number[];
}

/** A graph that an event names, or why it cannot be had. */
export type PlanOf = (hash: string) => Plan | { readonly code: string; readonly message: string };

export type AgendaItem =
  /** A node with parts whose needs have ended: find out what they are. */
  | { readonly todo: "open"; readonly node: number }
  /** A part of a node begins. */
  | { readonly todo: "begin"; readonly scope: Scope }
  /** A node has come to its result. */
  | { readonly todo: "succeed"; readonly node: number; readonly value: Value }
  /** An item all of whose nodes have ended well. */
  | { readonly todo: "end-item"; readonly scope: Scope; readonly item: number }
  /** A part of a node has come to a value. */
  | { readonly todo: "part-value"; readonly scope: Scope; readonly value: Value }
  /** An item has ended before its time, and everything in it that had to be undone is. */
  | { readonly todo: "part-end"; readonly scope: Scope; readonly item: number; readonly end: PartEnd }
  /** The next thing that is to be undone in a part. */
  | { readonly todo: "undo"; readonly part: string };
