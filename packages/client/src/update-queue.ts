import type { ProcessHold } from "./process-hold.ts";

interface Waiting<T> {
  resolve(result: IteratorResult<T>): void;
  reject(error: Error): void;
}

/**
 * Hands values from callbacks to one `for await`, or to calls of `next()` in their order. Keeps the process alive while one of
 * them waits.
 */
export class UpdateQueue<T> implements AsyncIterableIterator<T> {
  readonly #values: T[] = [];
  readonly #onStart: () => void;
  readonly #onEnd: () => void;
  readonly #hold: ProcessHold;
  #isStarted = false;
  /** Nobody waits while there are values. */
  readonly #waiting: Waiting<T>[] = [];
  #end: { readonly error?: Error } | undefined;

  /**
   * @param onStart called once, when the first value is asked for: who never asks must not leave anything open.
   * @param onEnd called once, when the reader is gone or everything has been said.
   */
  constructor(onStart: () => void, onEnd: () => void, hold: ProcessHold) {
    this.#onStart = onStart;
    this.#onEnd = onEnd;
    this.#hold = hold;
  }

  push(value: T): void {
    if (this.#end !== undefined) return;
    const waiting = this.#waiting.shift();
    if (waiting === undefined) {
      this.#values.push(value);
      return;
    }
    this.#hold.drop();
    waiting.resolve({ done: false, value });
  }

  /** No more values; with an error, the reader gets it after the values at hand. */
  end(error?: Error): void {
    if (this.#end !== undefined) return;
    this.#end = error === undefined ? {} : { error };
    this.#onEnd();
    const [first, ...others] = this.#waiting.splice(0);
    if (first === undefined) return;
    this.#hold.drop(1 + others.length);
    if (error === undefined) first.resolve({ done: true, value: undefined });
    else first.reject(error);
    // The error is told once.
    this.#end = {};
    for (const waiting of others) waiting.resolve({ done: true, value: undefined });
  }

  next(): Promise<IteratorResult<T>> {
    if (!this.#isStarted && this.#end === undefined) {
      this.#isStarted = true;
      this.#onStart();
    }
    const value = this.#values.shift();
    if (value !== undefined) return Promise.resolve({ done: false, value });
    if (this.#end !== undefined) {
      const { error } = this.#end;
      this.#end = {};
      return error === undefined ? Promise.resolve({ done: true, value: undefined }) : Promise.reject(error);
    }
    this.#hold.take();
    return new Promise((resolve, reject) => void this.#waiting.push({ resolve, reject }));
  }

  return(): Promise<IteratorResult<T>> {
    this.#values.length = 0;
    this.end();
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
