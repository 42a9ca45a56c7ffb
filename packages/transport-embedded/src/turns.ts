/** After so many rounds in a row, I/O and timers get their turn. */
const ROUNDS_MAX = 32;

/**
 * Hands things over a little later: everything that is planned in one round is done in the next, in order, when all
 * that was waiting on promises in between has gone on. No timer, so the delay is as short as can be.
 *
 * The first round comes with the next turn of the event loop. Messages that cause messages make further rounds in the
 * same turn: waiting for the next one each time would make up most of a short run's time.
 */
export class Turns {
  #tasks: (() => void)[] = [];
  #beginnings: (() => void)[] = [];
  #round = 0;
  #isPlanned = false;

  plan(task: () => void): void {
    this.#tasks.push(task);
    this.#planRound();
  }

  /**
   * Does something at the beginning of the next turn of the event loop, and resolves right after it, before anything is handed
   * over. Who writes again and again must leave time for all others; and by then everything that follows from what was
   * written before is done, so that not many runs at once are half done.
   */
  begin(act: () => void): Promise<void> {
    return new Promise((resolve) => {
      this.#beginnings.push(() => {
        act();
        resolve();
      });
      this.#planRound();
    });
  }

  #planRound(): void {
    if (this.#isPlanned) return;
    this.#isPlanned = true;
    setImmediate(this.#begin);
  }

  readonly #begin = () => {
    this.#round = 0;
    if (this.#beginnings.length === 0) return this.#run();
    const beginnings = this.#beginnings;
    this.#beginnings = [];
    for (const beginning of beginnings) beginning();
    afterMicrotasks(this.#run);
  };

  readonly #run = () => {
    const tasks = this.#tasks;
    this.#tasks = [];
    for (const task of tasks) guarded(task, undefined);
    afterMicrotasks(this.#endRound);
  };

  readonly #endRound = () => {
    if (this.#tasks.length > 0 && ++this.#round < ROUNDS_MAX) this.#run();
    else if (this.#tasks.length > 0 || this.#beginnings.length > 0) setImmediate(this.#begin);
    else this.#isPlanned = false;
  };
}

/** A tick that is asked for by a microtask comes after all other microtasks. */
function afterMicrotasks(run: () => void): void {
  queueMicrotask(() => process.nextTick(run));
}

/** Calls somebody else's callback: what it throws is nobody's business here, but must not be swallowed either. */
export function guarded<T>(callback: (argument: T) => void, argument: T): void {
  try {
    callback(argument);
  } catch (error) {
    process.nextTick(() => {
      throw error;
    });
  }
}

/** Listeners with something for each, handed over in the next turn in the order in which it was added. */
export class Mailbox<T> {
  readonly #turns: Turns;
  #letters: { readonly to: Listener<T>; readonly content: T }[] = [];

  constructor(turns: Turns) {
    this.#turns = turns;
  }

  add(to: Listener<T>, content: T): void {
    if (this.#letters.push({ to, content }) === 1) this.#turns.plan(this.#deliver);
  }

  readonly #deliver = () => {
    const letters = this.#letters;
    this.#letters = [];
    for (const { to, content } of letters) {
      if (!to.isStopped) guarded(to.receive, content);
    }
  };
}

export interface Listener<T> {
  isStopped: boolean;
  readonly receive: (content: T) => void;
}
