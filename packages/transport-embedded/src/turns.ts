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
  #round = 0;
  #isRunning = false;

  plan(task: () => void): void {
    if (this.#tasks.push(task) === 1 && !this.#isRunning) setImmediate(this.#begin);
  }

  readonly #begin = () => {
    this.#round = 0;
    this.#run();
  };

  readonly #run = () => {
    const tasks = this.#tasks;
    this.#tasks = [];
    this.#isRunning = true;
    for (const task of tasks) guarded(task);
    // A tick that is asked for by a microtask comes after all other microtasks.
    queueMicrotask(this.#askForTick);
  };

  readonly #askForTick = () => process.nextTick(this.#endRound);

  readonly #endRound = () => {
    this.#isRunning = false;
    if (this.#tasks.length === 0) return;
    if (++this.#round < ROUNDS_MAX) this.#run();
    else setImmediate(this.#begin);
  };
}

/** Runs a callback of somebody else: what it throws is nobody's business here, but must not be swallowed either. */
export function guarded(callback: () => void): void {
  try {
    callback();
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
      if (!to.isStopped) guarded(() => to.receive(content));
    }
  };
}

export interface Listener<T> {
  isStopped: boolean;
  receive(content: T): void;
}
