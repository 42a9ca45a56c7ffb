/** First in, first out. What was taken keeps nothing alive, and its room is given back even if the list is never empty. */
export class Fifo<T extends object> {
  #items: (T | undefined)[] = [];
  #head = 0;

  get size(): number {
    return this.#items.length - this.#head;
  }

  add(item: T): void {
    this.#items.push(item);
  }

  take(): T | undefined {
    if (this.#head === this.#items.length) return undefined;
    const item = this.#items[this.#head];
    this.#items[this.#head++] = undefined;
    if (this.#head === this.#items.length) this.clear();
    // Half of it at least is free: each item is moved once on average.
    else if (this.#head >= HEAD_MIN && this.#head * 2 >= this.#items.length) this.#renew();
    return item;
  }

  /** Takes out all for which `test` holds, in their order. */
  remove(test: (item: T) => boolean): readonly T[] {
    const removed: T[] = [];
    const left: T[] = [];
    for (let item = this.take(); item !== undefined; item = this.take()) (test(item) ? removed : left).push(item);
    this.#items = left;
    return removed;
  }

  clear(): void {
    this.#items = [];
    this.#head = 0;
  }

  #renew(): void {
    this.#items = this.#items.slice(this.#head);
    this.#head = 0;
  }
}

/** Less than this is not worth copying for. */
const HEAD_MIN = 1_024;
