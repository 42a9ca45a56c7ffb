/** How many attempts to take at a time. */
interface Stride {
  readonly inHand: number;
  /** Attempts have to be shorter than this on average, in milliseconds. */
  readonly belowMs: number;
  /** It ends when they get longer than this. */
  readonly endsAboveMs: number;
}

/** The more, the shorter they are: what is taken ahead should be done within about two seconds. */
const strides: readonly Stride[] = [
  { inHand: 2_000, belowMs: 1, endsAboveMs: 3 },
  { inHand: 500, belowMs: 4, endsAboveMs: 12 },
];
const NONE: Stride = { inHand: 0, belowMs: Infinity, endsAboveMs: Infinity };
/** One attempt that has been running for this long is enough to stop it. */
const STUCK_MS = 120;

/** Measures how long attempts take, and tells how many of them are worth taking at a time beyond what is usual. */
export class Pace {
  readonly #attemptsMin: number;
  #stride = NONE;
  #count = 0;
  #totalMs = 0;

  /** @param attemptsMin fewer attempts between two looks than this are not worth it. */
  constructor(attemptsMin: number) {
    this.#attemptsMin = attemptsMin;
  }

  /** An attempt has ended. How many are to be taken from here on, if that makes it clear before the next look. */
  ended(durationMs: number): number | undefined {
    this.#count += 1;
    this.#totalMs += durationMs;
    if (this.#stride !== NONE || this.#count < this.#attemptsMin) return undefined;
    this.#stride = this.#fitting();
    return this.#stride === NONE ? undefined : this.#stride.inHand;
  }

  /**
   * Looks at what has ended since the last look: how many are to be taken from here on, if that has changed; 0: no more than usual.
   *
   * @param longestMs how long the longest attempt has been running.
   */
  look(longestMs: number): number | undefined {
    const before = this.#stride;
    this.#stride = longestMs > STUCK_MS || this.#count < this.#attemptsMin ? NONE : this.#fitting();
    this.#count = 0;
    this.#totalMs = 0;
    return this.#stride === before ? undefined : this.#stride.inHand;
  }

  #fitting(): Stride {
    const meanMs = this.#totalMs / this.#count;
    const fits = (stride: Stride) => meanMs < (stride === this.#stride ? stride.endsAboveMs : stride.belowMs);
    return strides.find(fits) ?? NONE;
  }
}
