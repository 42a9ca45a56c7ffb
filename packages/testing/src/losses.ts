import type { Lost } from "./lossy-stores.ts";

/** What the broker has lost, and which runs that may have changed: what those are at, nobody can say from what is left. */
export class Losses {
  readonly #torn = new Set<string>();
  /** Those of them that may be gone although their starts are kept: their last states or outcomes are lost. */
  readonly #loose = new Set<string>();

  /** Runs of which something is lost. */
  get torn(): Iterable<string> {
    return this.#torn;
  }

  has(run: string): boolean {
    return this.#torn.has(run);
  }

  mayBeGone(run: string): boolean {
    return this.#loose.has(run);
  }

  /** The log has lost an event of the run. */
  noteEvent(run: string): void {
    this.#torn.add(run);
  }

  /** A store has lost its last changes. @param onOutcomeLost told of each run whose outcome is among them */
  note({ keys }: Lost, onOutcomeLost: (run: string) => void): void {
    for (const key of keys.results) {
      const run = key.slice(0, key.lastIndexOf("."));
      this.#torn.add(run);
      this.#loose.add(run);
      onOutcomeLost(run);
    }
    for (const key of keys.runs) {
      const run = key.slice(key.indexOf(".") + 1);
      this.#torn.add(run);
      this.#loose.add(run);
    }
  }
}
