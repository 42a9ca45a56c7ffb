import type { Clock, Timer } from "@arpeggio/core";

interface Armed {
  readonly dueAtMs: number;
  readonly run: string;
  readonly timer: string;
}

export interface TimersOptions {
  readonly clock: Clock;
  /** Whether the run still waits for the timer. */
  readonly isWanted: (run: string, timer: string) => boolean;
  readonly onDue: (run: string, timer: string) => void;
}

export function armedKey(run: string, timer: string): string {
  return `${run} ${timer}`;
}

/** Timers are looked through for unwanted ones when there are more than this, and then at every doubling. */
const SIZE_MAX = 10_000;

/**
 * The timers of a partition's runs: a heap, and one timer of the clock for the one that is due first. Timers that a run
 * has given up are not looked for; they are dropped when they are due or when there are too many.
 */
export class Timers {
  readonly #options: TimersOptions;
  readonly #heap: Armed[] = [];
  #sizeMax = SIZE_MAX;
  #next: { readonly dueAtMs: number; readonly timer: Timer } | undefined;

  constructor(options: TimersOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#heap.length;
  }

  /** What will fire, as {@link armedKey} names it. */
  armed(): ReadonlySet<string> {
    return new Set(this.#heap.map(({ run, timer }) => armedKey(run, timer)));
  }

  arm(run: string, timer: string, dueAtMs: number): void {
    this.#push({ dueAtMs, run, timer });
    if (this.#heap.length > this.#sizeMax) this.#dropUnwanted();
    this.#schedule();
  }

  stop(): void {
    this.#next?.timer.cancel();
    this.#next = undefined;
    this.#heap.length = 0;
  }

  #dropUnwanted(): void {
    const wanted = this.#heap.filter(({ run, timer }) => this.#options.isWanted(run, timer));
    this.#heap.length = 0;
    for (const one of wanted) this.#push(one);
    this.#sizeMax = Math.max(SIZE_MAX, wanted.length * 2);
  }

  #schedule(): void {
    const { clock } = this.#options;
    const [first] = this.#heap;
    if (first === undefined || (this.#next !== undefined && this.#next.dueAtMs <= first.dueAtMs)) return;
    this.#next?.timer.cancel();
    const delayMs = Math.max(0, first.dueAtMs - clock.now());
    this.#next = { dueAtMs: first.dueAtMs, timer: clock.after(delayMs, () => this.#fire()) };
  }

  #fire(): void {
    this.#next = undefined;
    const { clock, isWanted, onDue } = this.#options;
    const now = clock.now();
    for (let first = this.#heap[0]; first !== undefined && first.dueAtMs <= now; first = this.#heap[0]) {
      this.#removeFirst();
      if (isWanted(first.run, first.timer)) onDue(first.run, first.timer);
    }
    this.#schedule();
  }

  #push(one: Armed): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(one);
    while (at > 0) {
      const parent = (at - 1) >>> 1;
      const above = heap[parent] as Armed;
      if (above.dueAtMs <= one.dueAtMs) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = one;
  }

  #removeFirst(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let at = 0;
    for (;;) {
      let child = at * 2 + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && (heap[child + 1] as Armed).dueAtMs < (heap[child] as Armed).dueAtMs) child++;
      const below = heap[child] as Armed;
      if (below.dueAtMs >= last.dueAtMs) break;
      heap[at] = below;
      at = child;
    }
    heap[at] = last;
  }
}
