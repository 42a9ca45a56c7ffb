import type { Clock } from "@arpeggio/core";

/**
 * Remembers ids for at least `windowMs`, and for at most twice that; but no more than between `idsMax` and twice as
 * many: beyond that the oldest are forgotten early, because memory is what this transport has.
 */
export class DedupeWindow {
  readonly #clock: Clock;
  readonly #windowMs: number;
  readonly #idsMax: number;
  #current = new Set<string>();
  #previous = new Set<string>();
  #beganAtMs: number;

  constructor(clock: Clock, options: { readonly windowMs: number; readonly idsMax: number }) {
    this.#clock = clock;
    this.#windowMs = options.windowMs;
    this.#idsMax = options.idsMax;
    this.#beganAtMs = clock.now();
  }

  /** Whether the id is remembered. */
  has(id: string): boolean {
    return this.#current.has(id) || this.#previous.has(id);
  }

  /** Whether the id is new; remembers it. */
  admit(id: string): boolean {
    const elapsedMs = this.#clock.now() - this.#beganAtMs;
    if (elapsedMs >= this.#windowMs || this.#current.size >= this.#idsMax) {
      this.#previous = elapsedMs >= 2 * this.#windowMs ? new Set() : this.#current;
      this.#current = new Set();
      this.#beganAtMs += elapsedMs;
    }
    if (this.#previous.has(id)) return false;
    const { size } = this.#current;
    return this.#current.add(id).size > size;
  }
}
