/** Attempts shorter than this on average are worth fetching many at a time, in milliseconds. */
const SHORT_MS = 4;
const LONG_MS = 12;

/** Measures how long attempts take and tells whether to take many of them at a time. */
export class Pace {
  readonly #attemptsMin: number;
  #count = 0;
  #totalMs = 0;

  /** @param attemptsMin fewer attempts between two looks than this tell nothing. */
  constructor(attemptsMin: number) {
    this.#attemptsMin = attemptsMin;
  }

  ended(durationMs: number): void {
    this.#count += 1;
    this.#totalMs += durationMs;
  }

  /** Called at every look: whether to boost from here on; `isBoosted` where nothing speaks for a change. */
  look(isBoosted: boolean, longestRunningMs: number): boolean {
    const meanMs = this.#count === 0 ? 0 : this.#totalMs / this.#count;
    const count = this.#count;
    this.#count = 0;
    this.#totalMs = 0;
    if (longestRunningMs > LONG_MS * 10 || meanMs > LONG_MS) return false;
    if (count < this.#attemptsMin) return false;
    return meanMs < SHORT_MS || isBoosted;
  }
}
