import type { RunState } from "../run/run-state.ts";

/** A run in the hands of its partition's owner. */
export interface OwnedRun {
  readonly state: RunState;
  /** The last event that is in the state. */
  sequence: number;
  /** The last event that a checkpoint has, for a run that came from one: it must not be folded twice. */
  readonly restoredTo: number;
  /** Revision of its checkpoint; 0 if it has none. */
  revision: number;
  /** The blob of its checkpoint, where the state was too large for a record. */
  blob: string | undefined;
  /** Everything up to here is in its checkpoint; undefined if everything is. */
  dirtySince: number | undefined;
  /** When it became so, by the owner's clock. */
  dirtyAtMs: number;
  /** How large its state was when it was last written, in bytes; 0 if this owner has never begun to write it. */
  stateBytes: number;
  /** Node, attempt, and when the log stored what led to it: what was dispatched in the replayed part of the log. */
  replayed: number[] | undefined;
  /** Until when somebody follows the run, by the owner's clock; 0 if nobody does. */
  watchedUntilMs: number;
  liveSequence: number;
}

export interface OwnedRunOrigin {
  readonly sequence: number;
  readonly restoredTo: number;
  readonly revision: number;
  readonly blob: string | undefined;
}

export function ownRun(state: RunState, origin: OwnedRunOrigin): OwnedRun {
  return {
    state,
    ...origin,
    dirtySince: undefined,
    dirtyAtMs: 0,
    stateBytes: 0,
    replayed: undefined,
    watchedUntilMs: 0,
    liveSequence: 0,
  };
}
