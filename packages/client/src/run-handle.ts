import { checkedOptions, OptionInvalidError, runFailureOf } from "@arpeggio/core";
import type { OutcomeRecord, RunEvent } from "@arpeggio/core";
import { ClientClosedError, ResultTimedOutError, RunCancelledError, RunFailedError } from "./client-errors.ts";
import { RunNode } from "./node-handle.ts";
import type { NodeHandle } from "./node-handle.ts";
import { checkedCancel, RunControl } from "./run-control.ts";
import type { CancelOptions, RunSignalOptions } from "./run-control.ts";
import { askRun } from "./run-question.ts";
import { outcomeValue } from "./outcome-value.ts";
import { readEndedStatus, readStatus, statusStarting, statusWithoutOwner } from "./run-status.ts";
import type { RunStatus, StatusOptions } from "./run-status.ts";
import { followRun } from "./run-updates.ts";
import type { FollowServices, RunUpdate } from "./run-updates.ts";
import type { OutcomeWaiter, RunWatch } from "./run-watch.ts";
import { closedOr, whileOpen } from "./while-open.ts";

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
   * The run as it stands, with what each node waits for; after its end, as it was, as long as the event log has it.
   *
   * @throws RunNotFoundError as `result`.
   */
  status(options?: StatusOptions): Promise<RunStatus>;
  /**
   * What happens to the run from here on: a snapshot first, the end last. Breaking out of the loop stops it. Of a run that has
   * ended, the snapshot has no nodes; {@link RunHandle.status} tells of them.
   *
   * What is lost on the way is made up for by a new snapshot, and so is what is not read: 10,000 updates or 8 MiB of them wait
   * for their reader, further ones are dropped until they have been read, and the snapshot that comes next says how many.
   */
  events(options?: StatusOptions): AsyncIterableIterator<RunUpdate>;
  /**
   * Ends the run early: nothing of it starts any more, running handlers get their signal. Resolves with how the run ended
   * when it has, which may be otherwise if it was about to. A run that has ended stays as it is.
   *
   * With `compensate`, what has succeeded is undone first, by the compensations of its parts.
   *
   * @throws RunNotFoundError as `result`.
   */
  cancel(reason?: string | RunCancelOptions): Promise<OutcomeRecord["state"]>;
  /**
   * Ends parts of the run: the nodes with these paths, or with this label, that have not ended, and what is in them. Around them
   * it is as if they had failed, with `NODE_CANCELLED`. Resolves when the request is durable.
   *
   * @throws NodeNotFoundError for a path that the run does not have and will not have.
   * @throws RunEndedError, RunNotFoundError
   * @throws NoAnswerError, as all of the next ones, when no coordinator answers.
   */
  cancel(parts: PartCancelOptions): Promise<void>;
  /**
   * Nothing more of the run begins: no attempt, no item, no retry; what is running goes on. The run's timeout goes on too.
   *
   * @throws RunEndedError, RunNotFoundError, NoAnswerError
   */
  pause(reason?: string): Promise<void>;
  /** Goes on after {@link RunHandle.pause}. @throws RunEndedError, RunNotFoundError, NoAnswerError */
  resume(): Promise<void>;
  /**
   * Sends a signal with a value: for the first node `signal(name)` of the run that waits for it, or will. Resolves when it is durable.
   *
   * @throws SignalNotExpectedError when no node of this name waits, and none will; nothing was stored then.
   * @throws SignalPayloadInvalidError when the value does not fit the node's schema; nothing was stored then.
   * @throws RunEndedError, RunNotFoundError, NoAnswerError, ValueNotSerialisableError
   */
  signal(name: string, value?: unknown, options?: RunSignalOptions): Promise<void>;
  /** One node of the run, by its path, such as `publish` or `map[3]/image.resize`. Whether there is one shows when it is asked. */
  node(path: string): NodeHandle;
}

/** Of a whole run. */
export type RunCancelOptions = Pick<CancelOptions, "reason" | "compensate">;
/** Of parts of a run. */
export type PartCancelOptions = Pick<CancelOptions, "reason"> &
  ({ readonly nodes: readonly string[] } | { readonly label: Readonly<Record<string, string>> });

export interface ResultOptions {
  /** How long to wait, in milliseconds. Without end by default. */
  readonly timeoutMs?: number;
}

/** What a handle needs of its client. */
export interface HandleServices extends FollowServices {
  readonly append: (event: RunEvent) => Promise<void>;
  /** A graph has turned out not to be stored. */
  readonly forgetGraph: (hash: string) => void;
  readonly isClosed: () => boolean;
}

const NODES_MAX = 100;

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
      const onError = (error: unknown) => reject(closedOr(this.#services.isClosed, error));
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
    const nodesMax = nodesMaxOf(options);
    return this.#held(() => this.#status(nodesMax));
  }

  events(options: StatusOptions = {}): AsyncIterableIterator<RunUpdate> {
    return followRun(this.#services, this.#watch, nodesMaxOf(options));
  }

  cancel(reason?: string | RunCancelOptions): Promise<OutcomeRecord["state"]>;
  cancel(parts: PartCancelOptions): Promise<void>;
  async cancel(given: string | CancelOptions = {}): Promise<OutcomeRecord["state"] | void> {
    const options = checkedCancel(given);
    if (options.isPartial) return this.#controlled((control) => control.cancelParts(options));
    const { board, append } = this.#services;
    const { reason, compensate } = options;
    return whileOpen(this.#services.isClosed, async () => {
      const ended = await board.lookUp(this.#watch);
      if (ended !== undefined) return ended.state;
      const type = "run.cancel.requested";
      await append({ type, run: this.id, reason, ...(compensate ? { compensate } : {}) });
      return (await board.outcome(this.#watch)).state;
    });
  }

  async pause(reason = "paused by a client"): Promise<void> {
    if (typeof reason !== "string") throw new OptionInvalidError("reason", reason, "a text");
    return this.#controlled((control) => control.pause(reason));
  }

  resume(): Promise<void> {
    return this.#controlled((control) => control.resume());
  }

  signal(name: string, value?: unknown, options: RunSignalOptions = {}): Promise<void> {
    return this.#controlled((control) => control.signal(name, value, options));
  }

  node(path: string): NodeHandle {
    const node = new RunNode(this.#services, this.#watch, path);
    return {
      path,
      status: () => this.#held(() => node.status()),
      result: (options) => this.#held(() => node.result(options)),
    };
  }

  #controlled(act: (control: RunControl) => Promise<void>): Promise<void> {
    const { transport, board, append } = this.#services;
    return this.#held(() => act(new RunControl(transport, board, this.#watch, append)));
  }

  /** Keeps the process alive meanwhile. */
  #held<T>(act: () => Promise<T>): Promise<T> {
    const { hold, isClosed } = this.#services;
    return hold.during(() => whileOpen(isClosed, act));
  }

  /** The result of a run that has ended. @throws RunFailedError, RunCancelledError */
  #valueOf({ state, workflow, graph, failure, value }: OutcomeRecord): unknown {
    switch (state) {
      case "succeeded":
        return value === undefined ? null : outcomeValue(value, this.#services.transport.blobs);
      case "failed":
        if (failure?.code === "GRAPH_NOT_FOUND") this.#services.forgetGraph(graph);
        throw new RunFailedError(this.id, workflow, runFailureOf(failure ?? UNTOLD));
      case "cancelled":
        throw new RunCancelledError(this.id, workflow, failure && runFailureOf(failure));
    }
  }

  async #status(nodesMax: number): Promise<RunStatus> {
    const { transport, board } = this.#services;
    const answer = await askRun(transport, board, this.#watch, { type: "status", run: this.id, nodesMax });
    switch (answer.kind) {
      case "ended":
        return readEndedStatus(transport, answer.outcome, nodesMax);
      case "nobody":
        return statusWithoutOwner(transport, this.id);
      case "reply":
        if (answer.reply.type === "status") return readStatus(transport, answer.reply.status);
        return statusStarting(this.id);
      case "starting":
        return statusStarting(this.id);
    }
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
