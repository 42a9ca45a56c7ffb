import { Fifo } from "@arpeggio/core";
import type { Interval } from "./writes.ts";
import type { RunState } from "../run/run-state.ts";

/** So many attempts of a partition are on their way into their queues at a time: enough for a server that is far away. */
const COUNT_MAX = 1_024;
/** Or so many bytes of their inputs. */
const BYTES_MAX = 4 * 1024 * 1024;

/** An attempt that has no message yet. */
export class HeldDispatch {
  readonly run: RunState;
  readonly node: number;
  readonly attempt: number;
  /** What a cut waits for. */
  readonly interval: Interval;

  constructor(run: RunState, node: number, attempt: number, interval: Interval) {
    this.run = run;
    this.node = node;
    this.attempt = attempt;
    this.interval = interval;
  }
}

/**
 * Holds attempts back while many others are on their way. One event may begin ten thousand, and what is on its way for long
 * is dear: with a message, its id and who waits for the answer it takes a kilobyte, which has become old, for the garbage
 * collector, when the answer comes. Held back it takes four words.
 */
export class DispatchWindow {
  readonly #send: (held: HeldDispatch) => void;
  readonly #held = new Fifo<HeldDispatch>();
  #count = 0;
  #bytes = 0;
  #isSending = false;

  /** @param send sends what was held, unless it need not be sent any more. */
  constructor(send: (held: HeldDispatch) => void) {
    this.#send = send;
  }

  /** Whether an attempt may be sent now. Nobody comes before those that are held. */
  get isOpen(): boolean {
    return this.#held.size === 0 && this.#hasRoom;
  }

  hold(held: HeldDispatch): void {
    this.#held.add(held);
  }

  enter(bytes: number): void {
    this.#count++;
    this.#bytes += bytes;
  }

  leave(bytes: number): void {
    this.#count--;
    this.#bytes -= bytes;
    if (this.#held.size > 0) this.#sendHeld();
  }

  get #hasRoom(): boolean {
    return this.#count < COUNT_MAX && this.#bytes < BYTES_MAX;
  }

  #sendHeld(): void {
    // What is sent here may leave at once.
    if (this.#isSending) return;
    this.#isSending = true;
    try {
      while (this.#hasRoom) {
        const held = this.#held.take();
        if (held === undefined) break;
        this.#send(held);
      }
    } finally {
      this.#isSending = false;
    }
  }
}
