/**
 * Keeps the process alive while somebody waits for a run: on the embedded transport nothing else may do so, and Node would
 * end a program in the middle of `await run.result()`.
 */
export class ProcessHold {
  #holders = 0;
  #timer: NodeJS.Timeout | undefined;

  take(): void {
    this.#holders += 1;
    this.#timer ??= setInterval(() => {}, 2 ** 30);
  }

  /** Holds it as long as `act` takes. */
  async during<T>(act: () => Promise<T>): Promise<T> {
    this.take();
    try {
      return await act();
    } finally {
      this.drop();
    }
  }

  /** @param count of those who took it. */
  drop(count = 1): void {
    this.#holders -= count;
    if (this.#holders > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
