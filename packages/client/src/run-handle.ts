import { checkedOptions, OptionInvalidError, TransportClosedError } from "@arpeggio/core";
import type { OutcomeRecord, Transport } from "@arpeggio/core";
import {
  ClientClosedError,
  ResultTimedOutError,
  RunCancelledError,
  RunFailedError,
  RunNotFoundError,
} from "./client-errors.ts";
import type { OutcomeBoard } from "./outcome-board.ts";
import type { ProcessHold } from "./process-hold.ts";
import { askOwner } from "./owner.ts";
import { outcomeValue } from "./outcome-value.ts";
import { readStatus, statusOfOutcome, statusStarting, statusWithoutOwner } from "./run-status.ts";
import type { RunStatus, StatusOptions } from "./run-status.ts";
import { followRun } from "./run-updates.ts";
import type { RunUpdate } from "./run-updates.ts";
import type { OutcomeWaiter, RunWatch } from "./run-watch.ts";

/**
 * One run, seen from outside. Holding it or letting it go changes nothing about the run. When its client, or its app, is
 * closed, every method fails with `CLIENT_CLOSED`.
 */
export interface RunHandle<out O> {
  readonly id: string;
  /**
   * The result, when the run has ended; asked twice, it comes twice, each time as a fresh copy.
   *
   * @throws RunFailedError, RunCancelledError when it ended otherwise.
   * @throws ResultTimedOutError after `timeoutMs`; the run goes on.
   * @throws OptionInvalidError, as every method that is given what it cannot take.
   * @throws RunNotFoundError for an attached run that nobody has known for five seconds.
   */
  result(options?: ResultOptions): Promise<O>;
  /**
   * The run as it stands, with what each node waits for.
   *
   * @throws RunNotFoundError as `result`.
   */
  status(options?: StatusOptions): Promise<RunStatus>;
  /**
   * What happens to the run from here on: a snapshot first, the end last. What is lost on the way is made up for by a new
   * snapshot. Breaking out of the loop stops it.
   */
  events(options?: StatusOptions): AsyncIterableIterator<RunUpdate>;
  /**
   * Ends the run early: nothing of it starts any more, running handlers get their signal. Resolves with how the run ended
   * when it has, which may be otherwise if it was about to. A run that has ended stays as it is.
   *
   * @throws RunNotFoundError as `result`.
   */
  cancel(reason?: string): Promise<OutcomeRecord["state"]>;
}

export interface ResultOptions {
  /** How long to wait, in milliseconds. Without end by default. */
  readonly timeoutMs?: number;
}

/** What a handle needs of its client. */
export interface HandleServices {
  readonly transport: Transport;
  readonly board: OutcomeBoard;
  readonly hold: ProcessHold;
  requestCancel(run: string, reason: string): Promise<void>;
  isClosed(): boolean;
}

const NODES_MAX = 100;
/** A start that is stored is read within milliseconds; a takeover takes longer. */
const STATUS_TRIES = 8;
const STATUS_RETRY_MS = 50;
const STATUS_RETRY_MS_MAX = 2_000;

export class Run<O> implements RunHandle<O> {
  readonly #services: HandleServices;
  readonly #watch: RunWatch;

  constructor(services: HandleServices, watch: RunWatch) {
    this.#services = services;
    this.#watch = watch;
  }

  get id(): string {
    return this.#watch.run;
  }

  result(options?: ResultOptions): Promise<O> {
    // One promise and no more: what is waited for here is most of what a small run costs its client.
    return new Promise<O>((resolve, reject) => {
      const timeoutMs = options === undefined ? undefined : waitMsOf(options);
      if (this.#services.isClosed()) throw new ClientClosedError();
      const onError = (error: unknown) => reject(this.#closedOr(error));
      const onOutcome = (outcome: OutcomeRecord) => {
        try {
          const value = this.#valueOf(outcome);
          if (value instanceof Promise) value.then(resolve, onError);
          else resolve(value as O);
        } catch (error) {
          onError(error);
        }
      };
      this.#wait({ onOutcome, onError }, timeoutMs);
    });
  }

  async status(options: StatusOptions = {}): Promise<RunStatus> {
    const { hold } = this.#services;
    const nodesMax = nodesMaxOf(options);
    hold.take();
    try {
      return await this.#whileOpen(() => this.#status(nodesMax));
    } finally {
      hold.drop();
    }
  }

  events(options: StatusOptions = {}): AsyncIterableIterator<RunUpdate> {
    const { transport, board } = this.#services;
    return followRun(transport, board, this.#watch, nodesMaxOf(options));
  }

  async cancel(reason = "cancelled by a client"): Promise<OutcomeRecord["state"]> {
    const { board } = this.#services;
    if (typeof reason !== "string") throw new OptionInvalidError("reason", reason, "a text");
    return this.#whileOpen(async () => {
      const ended = await board.lookUp(this.#watch);
      if (ended !== undefined) return ended.state;
      await this.#services.requestCancel(this.id, reason);
      return (await board.outcome(this.#watch)).state;
    });
  }

  /** An app closes its transport right after its client, but its user knows of the app only. */
  async #whileOpen<T>(act: () => Promise<T>): Promise<T> {
    if (this.#services.isClosed()) throw new ClientClosedError();
    try {
      return await act();
    } catch (error) {
      throw this.#closedOr(error);
    }
  }

  #closedOr(error: unknown): unknown {
    return error instanceof TransportClosedError && this.#services.isClosed() ? new ClientClosedError() : error;
  }

  /** The result of a run that has ended. @throws RunFailedError, RunCancelledError */
  #valueOf({ state, workflow, failure, value }: OutcomeRecord): unknown {
    switch (state) {
      case "succeeded":
        return value === undefined ? null : outcomeValue(value, this.#services.transport.blobs);
      case "failed":
        throw new RunFailedError(this.id, workflow, failure ?? UNTOLD);
      case "cancelled":
        throw new RunCancelledError(this.id, workflow, failure);
    }
  }

  async #status(nodesMax: number): Promise<RunStatus> {
    const { transport, board } = this.#services;
    let delayMs = STATUS_RETRY_MS;
    for (let tries = 1; ; tries++) {
      const known = this.#watch.outcome();
      if (known !== undefined) return statusOfOutcome(known);
      const reply = await askOwner(transport, { type: "status", run: this.id, nodesMax });
      if (reply?.type === "status") {
        this.#watch.isKnown = true;
        return readStatus(transport, reply.status);
      }
      const outcome = await board.lookUp(this.#watch);
      if (outcome !== undefined) return statusOfOutcome(outcome);
      if (reply === undefined) return statusWithoutOwner(transport, this.id);
      if (tries === STATUS_TRIES) break;
      // The owner does not know it: its start may just not have been read.
      await new Promise<void>((resolve) => void transport.clock.after(delayMs, resolve));
      delayMs = Math.min(delayMs * 2, STATUS_RETRY_MS_MAX);
    }
    if (!this.#watch.isKnown) throw new RunNotFoundError(this.id);
    return statusStarting(this.id);
  }

  #wait(waiter: OutcomeWaiter, timeoutMs: number | undefined): void {
    const { transport, board } = this.#services;
    if (timeoutMs === undefined) {
      board.wait(this.#watch, waiter);
      return;
    }
    const timer = transport.clock.after(timeoutMs, () => {
      leave();
      waiter.onError(new ResultTimedOutError(this.id, timeoutMs));
    });
    const leave = board.wait(this.#watch, {
      onOutcome: (outcome) => {
        timer.cancel();
        waiter.onOutcome(outcome);
      },
      onError: (error) => {
        timer.cancel();
        waiter.onError(error);
      },
    });
  }
}

const UNTOLD = { code: "RUN_FAILED", message: "no reason was stored", failures: [] } as const;

function waitMsOf(options: ResultOptions): number | undefined {
  const { timeoutMs } = checkedOptions("the options of result()", options, ["timeoutMs"]);
  if (timeoutMs === undefined || (Number.isFinite(timeoutMs) && timeoutMs >= 0)) return timeoutMs;
  throw new OptionInvalidError("timeoutMs", timeoutMs, "a number of milliseconds (leave it out for no limit)");
}

function nodesMaxOf(options: StatusOptions): number {
  const { nodesMax = NODES_MAX } = checkedOptions("the options", options, ["nodesMax"]);
  if (Number.isSafeInteger(nodesMax) && nodesMax >= 0) return nodesMax;
  throw new OptionInvalidError("nodesMax", nodesMax, "a whole number, 0 or more");
}
