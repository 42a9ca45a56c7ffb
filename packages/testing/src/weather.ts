import type { Faults } from "./faults.ts";
import type { Random } from "./random.ts";

const DELAY_MS_MAX = 3_000;

/** Decides what goes wrong, as long as things go wrong at all. */
export class Weather {
  readonly random: Random;
  readonly #faults: Faults;
  /** No more faults: from now on everything must come right. */
  isCalm = false;

  constructor(random: Random, faults: Faults) {
    this.random = random;
    this.#faults = faults;
  }

  strikes(fault: keyof Faults): boolean {
    return !this.isCalm && this.random.chance(this.#faults[fault]);
  }

  /** How long a message is on its way. */
  latencyMs(): number {
    if (this.strikes("delay")) return this.random.int(20, DELAY_MS_MAX);
    return this.random.int(0, 8) / 4;
  }

  /** How fast the clock of a process goes: 1 is right. */
  clockRate(): number {
    const { clockDrift } = this.#faults;
    return clockDrift === 0 ? 1 : 1 + (this.random.next() * 2 - 1) * Math.min(clockDrift, 0.5);
  }
}
