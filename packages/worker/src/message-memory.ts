/**
 * Remembers the last ids that were noted: at least `idsMin`, at most twice as many. Used for messages that were
 * acknowledged, because an acknowledgement can cross a redelivery on the way, or be lost with a connection.
 */
export class MessageMemory {
  readonly #idsMin: number;
  #young = new Set<string>();
  #old = new Set<string>();

  constructor(idsMin: number) {
    this.#idsMin = idsMin;
  }

  note(id: string): void {
    if (this.#young.size >= this.#idsMin) {
      this.#old = this.#young;
      this.#young = new Set();
    }
    this.#young.add(id);
  }

  has(id: string): boolean {
    return this.#young.has(id) || this.#old.has(id);
  }
}
