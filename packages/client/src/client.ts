import { checkedMethods, checkedOptions, OptionInvalidError, randomToken, token } from "@arpeggio/core";
import type { AnyCanvas, RunOutput, RunStarted, Transport } from "@arpeggio/core";
import { ClientClosedError } from "./client-errors.ts";
import { StoredDeadLetters } from "./dead-letters.ts";
import type { DeadLetters } from "./dead-letters.ts";
import { OutcomeBoard } from "./outcome-board.ts";
import type { AskOwner } from "./outcome-board.ts";
import { askOwner } from "./owner.ts";
import { prepareRedrive } from "./redrive.ts";
import type { PreparedRedrive, RedriveOptions } from "./redrive.ts";
import type { RedrivePaths } from "./redrive-plan.ts";
import { ProcessHold } from "./process-hold.ts";
import { Run } from "./run-handle.ts";
import type { HandleServices, RunHandle } from "./run-handle.ts";
import { runSettings } from "./run-options.ts";
import type { RunArguments, RunOptions, RunSettings } from "./run-options.ts";
import { StoredRuns } from "./runs.ts";
import type { Runs } from "./runs.ts";
import { RunStarter, startError } from "./run-starter.ts";
import { StartGate } from "./start-gate.ts";
import { whileOpen } from "./while-open.ts";
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
  /** Many runs at once: lists, bulk cancels and redrives. */
  readonly runs: Runs;
  /**
   * What a redrive of a run that has ended would do; nothing is changed. {@link RedrivePlan.start} carries it out: a new run
   * on the same graph, or on a new version, that takes over the results of what succeeded and runs the rest again. The old run
   * stays as it is.
   *
   * @throws RunNotFoundError, RunNotEndedError
   * @throws NoAnswerError when the run has no stored outcome and no coordinator answers.
   * @throws RedriveNothingToDoError for a run that succeeded, without `from` and without another version of its workflow.
   * @throws RedriveNotPossibleError when what the run did is not known any more.
   * @throws NodeNotFoundError for a `from` that the run does not have.
   * @throws OptionInvalidError, NameInvalidError, ClientClosedError
   */
  planRedrive<O = unknown>(runId: string, options?: RedriveOptions): Promise<RedrivePlan<O>>;
  /** Plans a redrive and starts it. @throws as {@link Client.planRedrive} and {@link Client.run}. */
  redrive<O = unknown>(runId: string, options?: RedriveOptions): Promise<RunHandle<O>>;
  /** What was set aside because nobody could use it. */
  readonly deadLetters: DeadLetters;
  /** Sends what is on its way and stops waiting: pending results fail with `CLIENT_CLOSED`, runs go on. */
  close(): Promise<void>;
}

/** What a redrive would do. */
export interface RedrivePlan<out O = unknown> extends RedrivePaths {
  /** The run that has ended. */
  readonly run: string;
  readonly workflow: string;
  /** The graph of the new run. */
  readonly graph: string;
  /** False where the old run had more results than a redrive can go on with: what is not known to be done runs again. */
  readonly isComplete: boolean;
  /** Carries it out; resolves when the new run's start is durable. */
  start(): Promise<RunHandle<O>>;
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
  readonly runs: Runs;
  readonly #transport: Transport;
  readonly #board: OutcomeBoard;
  readonly #starter: RunStarter;
  readonly #gate: StartGate;
  readonly #services: HandleServices;
  #isClosed = false;

  constructor(transport: Transport, id: string, startsInFlightMax: number) {
    this.id = id;
    this.#transport = transport;
    const isClosed = () => this.#isClosed;
    this.deadLetters = new StoredDeadLetters(transport, isClosed);
    this.#gate = new StartGate(transport, startsInFlightMax);
    this.#starter = new RunStarter(transport, id, () => this.#gate.isAlone);
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
      append: (event) => this.#starter.request(event),
      forgetGraph: (hash) => this.#starter.forgetGraph(hash),
      isClosed,
    };
    this.runs = new StoredRuns({
      transport,
      hold,
      isClosed,
      attach: (run) => this.attach(run),
      redrive: (run, redriveOptions) => this.redrive(run, redriveOptions),
    });
  }

  async start(): Promise<void> {
    await Promise.all([this.#board.start(), this.#gate.start()]);
  }

  run<C extends AnyCanvas>(canvas: C, ...[input, options]: RunArguments<C>): Promise<RunHandle<RunOutput<C>>> {
    return this.#run((settings) => this.#starter.prepare(canvas, input, settings), options);
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

  async planRedrive<O = unknown>(runId: string, options: RedriveOptions = {}): Promise<RedrivePlan<O>> {
    const { isClosed, hold } = this.#services;
    const redrive = await whileOpen(isClosed, () => {
      const watch = this.#board.attached(token("run id", runId));
      return hold.during(() => prepareRedrive(this.#transport, this.#board, watch, options));
    });
    const { paths, workflow, graph, remains } = redrive;
    const start = () => this.#startRedrive<O>(redrive);
    return { run: runId, workflow, graph, isComplete: remains.isComplete, ...paths, start };
  }

  async redrive<O = unknown>(runId: string, options: RedriveOptions = {}): Promise<RunHandle<O>> {
    const plan = await this.planRedrive<O>(runId, options);
    return plan.start();
  }

  #startRedrive<O>(redrive: PreparedRedrive): Promise<RunHandle<O>> {
    const options = redrive.id === undefined ? undefined : { id: redrive.id };
    return this.#run((): Promise<RunStarted> => this.#starter.prepareRedrive(redrive), options);
  }

  async #run<O>(
    prepare: (settings: RunSettings) => RunStarted | Promise<RunStarted>,
    options: RunOptions | undefined,
  ): Promise<RunHandle<O>> {
    if (this.#isClosed) throw new ClientClosedError();
    this.#gate.enter();
    let known: RunWatch | undefined;
    let expected: RunWatch | undefined;
    try {
      const settings = runSettings(options);
      const preparing = prepare(settings);
      const start = preparing instanceof Promise ? await preparing : preparing;
      const id = start.run;
      // Before it is stored, so that no result can come unexpected.
      known = settings.id === undefined ? undefined : this.#board.expected(id);
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
