interface Change {
  readonly atMs: number;
  readonly key: string;
  /** What the key had before. */
  readonly before: Uint8Array | undefined;
}

/** Where changes are taken back. */
interface Store {
  put(key: string, bytes: Uint8Array): Promise<unknown>;
  delete(key: string): Promise<unknown>;
}

/** The changes of a store that loses the last ones when its server loses power. */
export class LastChanges {
  readonly #nowMs: () => number;
  readonly #values = new Map<string, Uint8Array>();
  readonly #changes: Change[] = [];

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** A key has other bytes from now on, or none. */
  note(key: string, bytes: Uint8Array | undefined): void {
    this.#changes.push({ atMs: this.#nowMs(), key, before: this.#values.get(key) });
    if (bytes === undefined) this.#values.delete(key);
    else this.#values.set(key, bytes);
  }

  has(key: string): boolean {
    return this.#values.has(key);
  }

  /** Takes back what was changed after a moment; gives the keys, one for each change. */
  async lose(afterMs: number, store: Store): Promise<readonly string[]> {
    const keys: string[] = [];
    for (let last = this.#changes.at(-1); last !== undefined && last.atMs > afterMs; last = this.#changes.at(-1)) {
      const { key, before } = last;
      this.#changes.pop();
      keys.push(key);
      if (before === undefined) {
        this.#values.delete(key);
        await store.delete(key);
      } else {
        this.#values.set(key, before);
        await store.put(key, before);
      }
    }
    return keys;
  }
}
