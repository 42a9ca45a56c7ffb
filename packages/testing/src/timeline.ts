/** One thing that will happen. */
export interface Planned {
  readonly atMs: number;
  /** Sets things of one time in the order of planning. */
  readonly order: number;
  /** Whose it is, where it belongs to a process: it then happens only as long as that process runs. */
  readonly actor: TimelineActor | undefined;
  readonly run: () => void;
  isCancelled: boolean;
}

/** What the timeline has to know of a process. */
export interface TimelineActor {
  /** Ended: nothing of it happens any more. */
  readonly isGone: boolean;
  /** Nothing of it happens before this time. */
  readonly pausedUntilMs: number;
}

/** Virtual time: what will happen, in order. Time passes only from one thing to the next. */
export class Timeline {
  readonly #heap: Planned[] = [];
  #nowMs: number;
  #count = 0;

  constructor(startMs: number) {
    this.#nowMs = startMs;
  }

  get nowMs(): number {
    return this.#nowMs;
  }

  get nextAtMs(): number | undefined {
    return this.#heap[0]?.atMs;
  }

  plan(delayMs: number, actor: TimelineActor | undefined, run: () => void): Planned {
    return this.planAt(this.#nowMs + Math.max(0, delayMs), actor, run);
  }

  planAt(atMs: number, actor: TimelineActor | undefined, run: () => void): Planned {
    const planned = {
      atMs,
      order: this.#count++,
      actor,
      run,
      isCancelled: false,
    };
    this.#push(planned);
    return planned;
  }

  /** Leaves out the time up to then; what lies in between happens then, once, as in processes that stood still. */
  skipTo(atMs: number): void {
    this.#nowMs = Math.max(this.#nowMs, atMs);
  }

  /** Lets the next thing happen; false if nothing is planned. */
  step(): boolean {
    for (let next = this.#take(); next !== undefined; next = this.#take()) {
      const { actor, isCancelled, atMs } = next;
      if (isCancelled || actor?.isGone === true) continue;
      this.#nowMs = Math.max(this.#nowMs, atMs);
      if (actor !== undefined && actor.pausedUntilMs > this.#nowMs) {
        // Keeps its place in the order, so that what a process missed comes to it in the order in which it was due.
        this.#push(Object.assign(next, { atMs: actor.pausedUntilMs }));
        continue;
      }
      next.run();
      return true;
    }
    return false;
  }

  #push(planned: Planned): void {
    const heap = this.#heap;
    let at = heap.push(planned) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent] as Planned;
      if (!isBefore(planned, above)) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = planned;
  }

  #take(): Planned | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1] as Planned, heap[child] as Planned)) child++;
      if (!isBefore(heap[child] as Planned, last)) break;
      heap[at] = heap[child] as Planned;
      at = child;
    }
    heap[at] = last;
    return first;
  }
}

function isBefore(a: Planned, b: Planned): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}
