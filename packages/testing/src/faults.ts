import { OptionInvalidError } from "@arpeggio/core";
import type { Random } from "./random.ts";

/** What goes wrong in a simulation, each as a chance from 0 (never) to 1 (always). */
export interface Faults {
  /** Per step of the simulation: a process dies on the spot, and another takes its place a little later. */
  readonly crash: number;
  /** Per step: a process stands still, for up to some lease times, and then goes on as if nothing had been. */
  readonly pause: number;
  /** Per step: a process loses its connection for a while. */
  readonly outage: number;
  /** Per step: the broker starts anew. It keeps what was stored and forgets the ids of attempts that are done. */
  readonly restart: number;
  /** Per step: for a while there is no room in one of the stores (log, queues, records, blobs): it refuses what is to be stored. */
  readonly full: number;
  /** Per step: the clock of a process jumps, up to ten seconds ahead or back. */
  readonly clockJump: number;
  /** Per delivery of an attempt, notification and bus message: it never arrives. */
  readonly drop: number;
  /** Per delivery of an attempt: it arrives twice. */
  readonly duplicate: number;
  /** Per message of any kind: it takes seconds instead of milliseconds, so that others overtake it. */
  readonly delay: number;
  /** Per request: it or its answer gets lost on the way and it is sent again, so that it may be done twice. */
  readonly loss: number;
  /** Per request: it fails with an error of the storage, having been done or not. */
  readonly error: number;
  /** Per conditional write: it is done, and refused as if somebody else had been faster. */
  readonly conflict: number;
  /** Per attempt: its worker takes seconds for it. */
  readonly slowTask: number;
  /** How far the clocks of processes run apart: 0.1 stands for a tenth too fast or too slow. */
  readonly clockDrift: number;
}

export const NO_FAULTS: Faults = {
  crash: 0,
  pause: 0,
  outage: 0,
  restart: 0,
  full: 0,
  clockJump: 0,
  drop: 0,
  duplicate: 0,
  delay: 0,
  loss: 0,
  error: 0,
  conflict: 0,
  slowTask: 0,
  clockDrift: 0,
};

/** How often each fault comes at most where the seed chooses. */
const USUAL: Faults = {
  crash: 0.01,
  pause: 0.004,
  outage: 0.004,
  restart: 0.003,
  full: 0.003,
  clockJump: 0.004,
  drop: 0.1,
  duplicate: 0.1,
  delay: 0.03,
  loss: 0.03,
  error: 0.03,
  conflict: 0.1,
  slowTask: 0.1,
  clockDrift: 0.1,
};

/**
 * Faults drawn from a seed: each run of the simulator has some kinds of them and others not, because faults that come all
 * at once hide each other.
 */
export function drawFaults(random: Random): Faults {
  const share = random.pick([0, 0.3, 0.5, 0.8]);
  const drawn = Object.entries(USUAL).map(([name, chance]) => {
    const isChosen = random.chance(share);
    return [name, isChosen ? chance * random.pick([0.1, 0.4, 1]) : 0] as const;
  });
  return Object.fromEntries(drawn) as unknown as Faults;
}

/** @throws {@link OptionInvalidError} */
export function faultsOf(given: Partial<Faults>): Faults {
  for (const [name, chance] of Object.entries(given)) {
    if (!Object.hasOwn(NO_FAULTS, name))
      throw new OptionInvalidError(`faults.${name}`, chance, "nothing: it is not known");
    if (typeof chance !== "number" || !(chance >= 0 && chance <= 1)) {
      throw new OptionInvalidError(`faults.${name}`, chance, "a number from 0 to 1");
    }
  }
  return { ...NO_FAULTS, ...given };
}
