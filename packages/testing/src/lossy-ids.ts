/** Ids by which a store knows again what it has, and which it forgets with it. */
export class LossyIds {
  readonly #nowMs: () => number;
  /** When each came for the first time. */
  readonly #sinceMs = new Map<string, number>();
  /** How often each was forgotten. */
  readonly #forgotten = new Map<string, number>();

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** The id in whose place a store has to know it that never forgets one. */
  stored(id: string): string {
    if (!this.#sinceMs.has(id)) this.#sinceMs.set(id, this.#nowMs());
    const times = this.#forgotten.get(id);
    return times === undefined ? id : `${id}--${times}`;
  }

  /** Forgets those that came after a moment. */
  lose(afterMs: number): void {
    for (const [id, sinceMs] of this.#sinceMs) {
      if (sinceMs <= afterMs) continue;
      this.#sinceMs.delete(id);
      this.#forgotten.set(id, (this.#forgotten.get(id) ?? 0) + 1);
    }
  }
}
