/** What a coordinator has done since it was created. */
export interface CoordinatorStats {
  /** Events read from the log, those of a replay included. */
  events: number;
  /** Events that found no run, or that a checkpoint already had. */
  ignored: number;
  /** Events that were folded silently on taking a partition over. */
  replayed: number;
  /** Partitions taken. */
  takeovers: number;
  /** Partitions lost to another coordinator. */
  leasesLost: number;
  /** Partitions handed to a coordinator that had fewer. */
  handOvers: number;
  /** Attempts published. */
  dispatches: number;
  /** Attempts published again after a takeover, because nothing showed that they were out. */
  redispatches: number;
  /** Attempts that were found in their queue after a takeover, and so not published again. */
  stillQueued: number;
  /** Attempts that would have been sent a second time, but were no longer wanted when the log had been read to its end. */
  withdrawn: number;
  outcomes: number;
  /** Outcomes of runs that ended in the replayed part of the log, stored again. */
  repeatedOutcomes: number;
  timersFired: number;
  evaluations: number;
  /** Rounds that moved a mark or stored a state. */
  checkpoints: number;
  /** States of runs stored, and their bytes. */
  states: number;
  stateBytes: number;
  /** Partitions whose log had lost its end when they were taken. */
  logCuts: number;
  /** Runs that were found to have ended, by their stored outcomes, when their log had lost its end. */
  endsRestored: number;
  deadLetters: number;
  /** Writes that failed and were tried again. */
  writeRetries: number;
  /** Wakers that were missing and were put in their place: 0, unless something was lost outside of the engine. */
  repaired: number;
  /** Attempts that their queue had passed over after a crash of its server, queued again. */
  passedOver: number;
  /** What the janitor has removed: queued attempts of ended runs (counted by run and queue), states without a run, blobs. */
  orphanAttempts: number;
  orphanStates: number;
  orphanBlobs: number;
  /** Runs that are in hand now. */
  runs: number;
}

export function createStats(): CoordinatorStats {
  return {
    events: 0,
    ignored: 0,
    replayed: 0,
    takeovers: 0,
    leasesLost: 0,
    handOvers: 0,
    dispatches: 0,
    redispatches: 0,
    stillQueued: 0,
    withdrawn: 0,
    outcomes: 0,
    repeatedOutcomes: 0,
    timersFired: 0,
    evaluations: 0,
    checkpoints: 0,
    states: 0,
    stateBytes: 0,
    logCuts: 0,
    endsRestored: 0,
    deadLetters: 0,
    writeRetries: 0,
    repaired: 0,
    passedOver: 0,
    orphanAttempts: 0,
    orphanStates: 0,
    orphanBlobs: 0,
    runs: 0,
  };
}
