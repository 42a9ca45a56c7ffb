import { checkedMethods, checkedOptions, OptionInvalidError, randomToken, token } from "@arpeggio/core";
import type { AnyCanvas, RunOutput, Transport } from "@arpeggio/core";
import { ClientClosedError } from "./client-errors.ts";
import { StoredDeadLetters } from "./dead-letters.ts";
import type { DeadLetters } from "./dead-letters.ts";
import { OutcomeBoard } from "./outcome-board.ts";
import type { AskOwner } from "./outcome-board.ts";
import { askOwner } from "./owner.ts";
import { ProcessHold } from "./process-hold.ts";
import { Run } from "./run-handle.ts";
import type { HandleServices, RunHandle } from "./run-handle.ts";
import { runSettings } from "./run-options.ts";
import type { RunArguments, RunOptions } from "./run-options.ts";
import { RunStarter, startError } from "./run-starter.ts";
import { StartGate } from "./start-gate.ts";
import type { RunWatch } from "./run-watch.ts";

export interface ClientOptions {
  /** Where coordinators and workers are found. The client does not close it. */
  readonly transport: Transport;
  /** Begins the client's token, under which results are stored for it. Letters, digits, `-` and `_`. */
  readonly name?: string;
  /**
   * How many starts may be on their way at once; `run()` fails with `QUEUE_FULL` beyond that. Whoever awaits each `run()` never
   * comes near it.
   *
   * @defaultValue `100_000`
   */
  readonly startsInFlightMax?: number;
}

/** Starts runs and finds them again. */
export interface Client {
  /** Under which the results of its runs are stored: `<run>.<id>`. */
  readonly id: string;
  /**
   * Starts a run of a workflow, or of any other canvas; a task is one. Resolves when the start is durable: from then on the
   * run ends, whatever crashes.
   *
   * @throws InputInvalidError when the input does not fit the schema; nothing was stored then.
   * @throws RunIdTakenError when the chosen id belongs to a run of another canvas or input.
   * @throws QueueFullError, StorageFullError when there is no room; nothing was stored then.
   * @throws CanvasExpectedError, ValueNotSerialisableError, OptionInvalidError, NameInvalidError, ClientClosedError
   */
  run<C extends AnyCanvas>(canvas: C, ...args: RunArguments<C>): Promise<RunHandle<RunOutput<C>>>;
  /** The same as an object of its own, for who starts one workflow again and again. */
  workflow<C extends AnyCanvas>(canvas: C): Startable<C>;
  /** The handle of a run that was started elsewhere, or before. Whether there is such a run shows when it is asked. */
  attach<O = unknown>(runId: string): RunHandle<O>;
  /** What was set aside because nobody could use it. */
  readonly deadLetters: DeadLetters;
  /** Sends what is on its way and stops waiting: pending results fail with `CLIENT_CLOSED`, runs go on. */
  close(): Promise<void>;
}

/** A workflow with the place where it runs. */
export interface Startable<C extends AnyCanvas> {
  /** See {@link Client.run}. */
  run(...args: RunArguments<C>): Promise<RunHandle<RunOutput<C>>>;
}

/** A client that is ready when this resolves. @throws NameInvalidError, OptionInvalidError */
export async function createClient(options: ClientOptions): Promise<Client> {
  const {
    transport,
    name = "client",
    startsInFlightMax = 100_000,
  } = checkedOptions("the options of createClient()", options, ["transport", "name", "startsInFlightMax"]);
  checkedMethods("transport", transport, ["bucket", "close"]);
  if (!Number.isInteger(startsInFlightMax) || startsInFlightMax < 1)
    throw new OptionInvalidError("startsInFlightMax", startsInFlightMax, "a whole number from 1 on");
  // The whole of it becomes part of a key.
  const id = token("client name", `${token("client name", name)}-${randomToken(10)}`);
  const client = new RunClient(transport, id, startsInFlightMax);
  await client.start();
  return client;
}

class RunClient implements Client {
  readonly id: string;
  readonly deadLetters: DeadLetters;
  readonly #board: OutcomeBoard;
  readonly #starter: RunStarter;
  readonly #gate: StartGate;
  readonly #services: HandleServices;
  #isClosed = false;

  constructor(transport: Transport, id: string, startsInFlightMax: number) {
    this.id = id;
    this.deadLetters = new StoredDeadLetters(transport);
    this.#starter = new RunStarter(transport, id);
    this.#gate = new StartGate(transport, startsInFlightMax);
    const hold = new ProcessHold();
    const knowsOwner: AskOwner = async (run) => {
      const reply = await askOwner(transport, { type: "status", run, nodesMax: 0 });
      return reply === undefined ? undefined : reply.type === "status";
    };
    this.#board = new OutcomeBoard(transport, id, knowsOwner, hold);
    this.#services = {
      transport,
      board: this.#board,
      hold,
      requestCancel: (run, reason) => this.#starter.requestCancel(run, reason),
      isClosed: () => this.#isClosed,
    };
  }

  async start(): Promise<void> {
    await Promise.all([this.#board.start(), this.#gate.start()]);
  }

  run<C extends AnyCanvas>(canvas: C, ...[input, options]: RunArguments<C>): Promise<RunHandle<RunOutput<C>>> {
    return this.#run(canvas, input, options);
  }

  workflow<C extends AnyCanvas>(canvas: C): Startable<C> {
    return { run: (...args) => this.run(canvas, ...args) };
  }

  attach<O = unknown>(runId: string): RunHandle<O> {
    return new Run<O>(this.#services, this.#board.attached(token("run id", runId)));
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#gate.stop();
    await this.#starter.close();
    await this.#board.close();
  }

  async #run<O>(canvas: AnyCanvas, input: unknown, options: RunOptions | undefined): Promise<RunHandle<O>> {
    if (this.#isClosed) throw new ClientClosedError();
    this.#gate.enter();
    let known: RunWatch | undefined;
    let expected: RunWatch | undefined;
    try {
      const settings = runSettings(options);
      const preparing = this.#starter.prepare(canvas, input, settings);
      const start = preparing instanceof Promise ? await preparing : preparing;
      const id = start.run;
      // Before it is stored, so that no result can come unexpected.
      known = this.#board.expected(id);
      expected = known ?? this.#board.expect(id);
      let isNew = true;
      if (settings.id === undefined) await this.#starter.append(start);
      else isNew = await this.#starter.claim(start);
      // Started before by this or another client: it may have ended long ago, and its result may go elsewhere.
      if (!isNew && known === undefined) this.#board.forget(id);
      // The very watch that was set up: the run may have ended, and been taken off the board, before its start was acknowledged.
      const watch = isNew ? expected : this.#board.attached(id);
      watch.isKnown = true;
      return new Run<O>(this.#services, watch);
    } catch (error) {
      if (expected !== undefined && known === undefined) this.#board.forget(expected.run);
      throw startError(error);
    } finally {
      this.#gate.leave();
    }
  }
}
