import type { Command } from "./commands.ts";
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
}

export type AgendaItem =
  /** A map whose needs have ended: find its items. */
  | { readonly todo: "open"; readonly node: number }
  /** A map all of whose items have ended. */
  | { readonly todo: "succeed"; readonly node: number; readonly value: Value }
  /** An item all of whose nodes have ended well. */
  | { readonly todo: "end-item"; readonly scope: Scope; readonly item: number };
