/** Attempts shorter than this on average are worth fetching many at a time, in milliseconds. */
const SHORT_MS = 4;
const LONG_MS = 12;
/** One attempt that has been running for this long is enough to stop it. */
const STUCK_MS = 120;

/** Measures how long attempts take, and tells when it begins and when it ends to be worth taking many of them at a time. */
export class Pace {
  readonly #attemptsMin: number;
  #isFast = false;
  #count = 0;
  #totalMs = 0;

  /** @param attemptsMin fewer attempts between two looks than this are not worth it. */
  constructor(attemptsMin: number) {
    this.#attemptsMin = attemptsMin;
  }

  /** An attempt has ended. True when that makes it clear, before the next look, that many should be taken. */
  ended(durationMs: number): boolean {
    this.#count += 1;
    this.#totalMs += durationMs;
    if (this.#isFast || this.#count < this.#attemptsMin || this.#totalMs >= this.#count * SHORT_MS) return false;
    this.#isFast = true;
    return true;
  }

  /**
   * Looks at what has ended since the last look: whether many should be taken from here on, if that has changed.
   *
   * @param longestMs how long the longest attempt has been running.
   */
  look(longestMs: number): boolean | undefined {
    const wasFast = this.#isFast;
    this.#isFast = this.#isFastNow(longestMs);
    this.#count = 0;
    this.#totalMs = 0;
    return this.#isFast === wasFast ? undefined : this.#isFast;
  }

  #isFastNow(longestMs: number): boolean {
    const meanMs = this.#count === 0 ? 0 : this.#totalMs / this.#count;
    if (longestMs > STUCK_MS || meanMs > LONG_MS || this.#count < this.#attemptsMin) return false;
    return this.#isFast || meanMs < SHORT_MS;
  }
}
