import { isWorthRenewing } from "./renewal.ts";

/**
 * A map whose entries come and go by the thousand.
 *
 * V8 links the table that a `Map` has outgrown, or filled with deleted entries, to the next one. Once one of these tables has
 * become old, every later one stays until the next full collection, with all that was in it: what was deleted long ago then
 * costs as much as what lives. So the table is taken anew now and then, which cuts the links. The order is that of a `Map`.
 *
 * A loop over it sees what was there when the loop began; what is set meanwhile may be missing.
 */
export class PassingMap<K, V> implements ReadonlyMap<K, V> {
  #entries = new Map<K, V>();
  #additions = 0;

  get size(): number {
    return this.#entries.size;
  }

  get(key: K): V | undefined {
    return this.#entries.get(key);
  }

  has(key: K): boolean {
    return this.#entries.has(key);
  }

  set(key: K, value: V): this {
    if (isWorthRenewing(++this.#additions, this.#entries.size)) this.#renew();
    this.#entries.set(key, value);
    return this;
  }

  delete(key: K): boolean {
    if (!this.#entries.delete(key)) return false;
    if (this.#entries.size === 0 && isWorthRenewing(this.#additions, 0)) this.#renew();
    return true;
  }

  clear(): void {
    this.#entries = new Map();
    this.#additions = 0;
  }

  forEach(callback: (value: V, key: K, map: ReadonlyMap<K, V>) => void): void {
    for (const [key, value] of this.#entries) callback(value, key, this);
  }

  keys(): MapIterator<K> {
    return this.#entries.keys();
  }

  values(): MapIterator<V> {
    return this.#entries.values();
  }

  entries(): MapIterator<[K, V]> {
    return this.#entries.entries();
  }

  [Symbol.iterator](): MapIterator<[K, V]> {
    return this.#entries[Symbol.iterator]();
  }

  #renew(): void {
    this.#entries = new Map(this.#entries);
    this.#additions = 0;
  }
}
