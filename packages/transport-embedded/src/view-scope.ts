import { TransportClosedError, type Subscription } from "@arpeggio/core";

/** What was opened through one view, to be ended with it. */
export class ViewScope {
  readonly #open = new Set<(error: Error) => void>();
  #isClosed = false;

  assertOpen(): void {
    if (this.#isClosed) throw new TransportClosedError();
  }

  /** Does something at once and tells the outcome as the broker would: by a promise. */
  run<T>(act: () => T | Promise<T>): Promise<T> {
    return this.runWith(act, undefined);
  }

  /** The same with an argument, for what is done very often: that needs no function of its own each time. */
  runWith<A, T>(act: (argument: A) => T | Promise<T>, argument: A): Promise<T> {
    try {
      this.assertOpen();
      return Promise.resolve(act(argument));
    } catch (error) {
      return Promise.reject(error as Error);
    }
  }

  /** @param end what happens when it is stopped. @param onClose what happens instead when the view is closed. */
  subscription(end: () => void, onClose: (error: Error) => void = end): Subscription {
    const entry = (error: Error) => onClose(error);
    this.#open.add(entry);
    return {
      stop: () => {
        if (this.#open.delete(entry)) end();
        return Promise.resolve();
      },
    };
  }

  close(): void {
    this.#isClosed = true;
    const error = new TransportClosedError();
    for (const end of this.#open) end(error);
    this.#open.clear();
  }
}
