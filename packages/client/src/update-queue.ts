import { Fifo } from "@arpeggio/core";
import type { ProcessHold } from "./process-hold.ts";

interface Waiting<T> {
  resolve(result: IteratorResult<T>): void;
  reject(error: Error): void;
}

/** A value, and about how much memory it takes. */
interface Unread<T> {
  readonly value: T;
  readonly bytes: number;
}

/** How much may wait for a reader. */
export interface UnreadLimits {
  readonly valuesMax: number;
  readonly bytesMax: number;
}

export interface UpdateQueueOptions {
  /** Called once, when the first value is asked for: who never asks must not leave anything open. */
  readonly onStart: () => void;
  /** Called whenever a value is asked for and there is none. */
  readonly onEmpty: () => void;
  /** Called once, when the reader is gone or everything has been said. */
  readonly onEnd: () => void;
  readonly hold: ProcessHold;
  readonly limits: UnreadLimits;
}

/**
 * Hands values from callbacks to one `for await`, or to calls of `next()` in their order. Keeps the process alive while one of
 * them waits. What comes in while as much is unread as may be is not taken.
 */
export class UpdateQueue<T> implements AsyncIterableIterator<T> {
  readonly #options: UpdateQueueOptions;
  readonly #unread = new Fifo<Unread<T>>();
  #unreadBytes = 0;
  #isStarted = false;
  /** Nobody waits while there are values. */
  readonly #waiting: Waiting<T>[] = [];
  #end: { readonly error?: Error } | undefined;

  constructor(options: UpdateQueueOptions) {
    this.#options = options;
  }

  /** Whether the value was taken. */
  push(value: T, bytes = 0): boolean {
    const { valuesMax, bytesMax } = this.#options.limits;
    if (this.#unread.size >= valuesMax || (this.#unread.size > 0 && this.#unreadBytes + bytes > bytesMax)) return false;
    this.pushLast(value, bytes);
    return true;
  }

  /** The same however much is unread: for the few values that come last. */
  pushLast(value: T, bytes = 0): void {
    if (this.#end !== undefined) return;
    const waiting = this.#waiting.shift();
    if (waiting === undefined) {
      this.#unread.add({ value, bytes });
      this.#unreadBytes += bytes;
      return;
    }
    this.#options.hold.drop();
    waiting.resolve({ done: false, value });
  }

  /** No more values; with an error, the reader gets it after the values at hand. */
  end(error?: Error): void {
    if (this.#end !== undefined) return;
    this.#end = error === undefined ? {} : { error };
    this.#options.onEnd();
    const [first, ...others] = this.#waiting.splice(0);
    if (first === undefined) return;
    this.#options.hold.drop(1 + others.length);
    if (error === undefined) first.resolve({ done: true, value: undefined });
    else first.reject(error);
    // The error is told once.
    this.#end = {};
    for (const waiting of others) waiting.resolve({ done: true, value: undefined });
  }

  next(): Promise<IteratorResult<T>> {
    if (!this.#isStarted && this.#end === undefined) {
      this.#isStarted = true;
      this.#options.onStart();
    }
    const unread = this.#unread.take();
    if (unread !== undefined) {
      this.#unreadBytes -= unread.bytes;
      return Promise.resolve({ done: false, value: unread.value });
    }
    if (this.#end !== undefined) {
      const { error } = this.#end;
      this.#end = {};
      return error === undefined ? Promise.resolve({ done: true, value: undefined }) : Promise.reject(error);
    }
    this.#options.hold.take();
    const next = new Promise<IteratorResult<T>>((resolve, reject) => void this.#waiting.push({ resolve, reject }));
    this.#options.onEmpty();
    return next;
  }

  return(): Promise<IteratorResult<T>> {
    this.#unread.clear();
    this.#unreadBytes = 0;
    this.end();
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
