/** How many nodes a run may come to, the items of its maps and all other parts included. */
export const RUN_NODES_MAX = 10_000_000;

/** What keeps the size of one run's traces in bounds. Part of the fold: the same log must give the same states everywhere. */
export interface RunLimits {
  /**
   * How many attempts of one run are under way at most before further items of its maps have to wait. A body that begins with
   * several steps may go beyond it by these.
   */
  readonly inFlightMax: number;
  /** From how many items on the values of a map are packed. */
  readonly packedFrom: number;
}

/**
 * Another `inFlightMax` would number the scopes of maps in maps in another order, so it must not change between two folds of one
 * log: a release that changes it has to put it into `run.started`.
 */
export const runLimits: RunLimits = { inFlightMax: 10_000, packedFrom: 1_025 };
