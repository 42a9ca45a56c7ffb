/** Things that are due at a time; gives them back in the order of their times, equal ones in the order of adding. */
export class DueHeap<T> {
  readonly #entries: { readonly dueAtMs: number; readonly order: number; readonly item: T }[] = [];
  #count = 0;

  get nextDueAtMs(): number | undefined {
    return this.#entries[0]?.dueAtMs;
  }

  add(dueAtMs: number, item: T): void {
    const entries = this.#entries;
    const entry = { dueAtMs, order: this.#count++, item };
    let at = entries.push(entry) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = entries[parent] as typeof entry;
      if (!isBefore(entry, above)) break;
      entries[at] = above;
      at = parent;
    }
    entries[at] = entry;
  }

  /** The first one, if it is due. */
  takeDue(nowMs: number): T | undefined {
    const entries = this.#entries;
    const [first] = entries;
    if (first === undefined || first.dueAtMs > nowMs) return undefined;
    const last = entries.pop() as typeof first;
    const size = entries.length;
    if (size === 0) return first.item;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= size) break;
      if (child + 1 < size && isBefore(entries[child + 1] as typeof first, entries[child] as typeof first)) child++;
      const below = entries[child] as typeof first;
      if (!isBefore(below, last)) break;
      entries[at] = below;
      at = child;
    }
    entries[at] = last;
    return first.item;
  }
}

interface Due {
  readonly dueAtMs: number;
  readonly order: number;
}

function isBefore(a: Due, b: Due): boolean {
  return a.dueAtMs < b.dueAtMs || (a.dueAtMs === b.dueAtMs && a.order < b.order);
}
