import { isWorthRenewing } from "./renewal.ts";

/** A set whose members come and go by the thousand; see {@link PassingMap}. */
export class PassingSet<T> implements Iterable<T> {
  #members = new Set<T>();
  #additions = 0;

  get size(): number {
    return this.#members.size;
  }

  has(member: T): boolean {
    return this.#members.has(member);
  }

  add(member: T): this {
    if (isWorthRenewing(++this.#additions, this.#members.size)) this.#renew();
    this.#members.add(member);
    return this;
  }

  delete(member: T): boolean {
    if (!this.#members.delete(member)) return false;
    if (this.#members.size === 0 && isWorthRenewing(this.#additions, 0)) this.#renew();
    return true;
  }

  clear(): void {
    this.#members = new Set();
    this.#additions = 0;
  }

  [Symbol.iterator](): SetIterator<T> {
    return this.#members[Symbol.iterator]();
  }

  #renew(): void {
    this.#members = new Set(this.#members);
    this.#additions = 0;
  }
}
