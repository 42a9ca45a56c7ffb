import { hostname } from "node:os";
import { ClientClosedError, createClient, readLiveWorkers } from "@arpeggio/client";
import type {
  Client,
  DeadLetters,
  RedriveOptions,
  RedrivePlan,
  RunArguments,
  RunHandle,
  Runs,
  Startable,
} from "@arpeggio/client";
import { createCoordinator } from "@arpeggio/coordinator";
import type { Coordinator } from "@arpeggio/coordinator";
import { compile, isCanvas } from "@arpeggio/core";
import type { AnyCanvas, CompiledWorkflow, RunInput, RunOutput, Transport } from "@arpeggio/core";
import { checkWorkerOptions, createWorker, needsOf } from "@arpeggio/worker";
import type { CanvasNeeds, TaskSource, Worker } from "@arpeggio/worker";
import { RoleMissingError } from "./app-errors.ts";
import { checkedPlanOptions, dryRun, plannedCanvas } from "./dry-run.ts";
import type { CanvasPlan, PlanOptions } from "./dry-run.ts";
import { appSettings, offered } from "./app-options.ts";
import type { AppOptions, AppSettings, Role } from "./app-options.ts";

/** A client, a coordinator and a worker in one process, or some of them. */
export interface App extends AsyncDisposable {
  /**
   * Starts a run of a workflow, or of any other canvas; a task is one. Resolves when the start is durable.
   *
   * With the worker role, the tasks whose code the canvas brings along are registered first.
   *
   * @throws InputInvalidError when the input does not fit the schema; nothing was stored then.
   * @throws RunIdTakenError when the chosen id belongs to a run of another canvas or input.
   * @throws DuplicateTaskError when a task of the canvas has the name of another one that this app runs.
   * @throws RoleMissingError without the client role.
   */
  run<C extends AnyCanvas>(canvas: C, ...args: RunArguments<C>): Promise<RunHandle<RunOutput<C>>>;
  /** The same as an object of its own: `app.workflow(picture).run(input)`. */
  workflow<C extends AnyCanvas>(canvas: C): Startable<C>;
  /**
   * What a canvas is and needs, before it is run: nodes, depth and width, the longest way through it, the queues and tasks that it
   * needs, and which of these tasks nobody knows. With `handlers`, which stand in for the code of its tasks, it is also run in
   * memory, and the plan has the value.
   *
   * @throws InputInvalidError when the sample does not fit the schema.
   * @throws DryRunHandlerMissingError when a task has no handler to stand in for it, DryRunSignalMissingError when a signal that it is sure
   *   to wait for has no value, DryRunTimedOutError.
   * @throws RunFailedError, ResultTimedOutError when the run in memory fails, or takes too long.
   */
  plan<C extends AnyCanvas>(canvas: C, sample?: RunInput<C>, options?: PlanOptions): Promise<CanvasPlan<RunOutput<C>>>;
  /** The handle of a run that was started elsewhere, or before. @throws RoleMissingError without the client role. */
  attach<O = unknown>(runId: string): RunHandle<O>;
  /** Many runs at once: lists, bulk cancels and redrives. @throws RoleMissingError without the client role. */
  readonly runs: Runs;
  /** What a redrive of a run would do; see {@link Client.planRedrive}. @throws RoleMissingError without the client role. */
  planRedrive<O = unknown>(runId: string, options?: RedriveOptions): Promise<RedrivePlan<O>>;
  /**
   * Goes on with a run that failed or was cancelled, as a new run; see {@link Client.redrive}. With the worker role, the tasks
   * whose code a new version of the workflow brings along are registered first.
   *
   * @throws RoleMissingError without the client role.
   */
  redrive<O = unknown>(runId: string, options?: RedriveOptions): Promise<RunHandle<O>>;
  /** What was set aside because nobody could use it. @throws RoleMissingError without the client role. */
  readonly deadLetters: DeadLetters;
  /**
   * Adds tasks to this app's worker; canvases stand for the tasks in them, as in {@link AppOptions.tasks}.
   *
   * @throws DuplicateTaskError, TaskWithoutHandlerError, RoleMissingError, OptionInvalidError
   * @throws ClientClosedError when the app is closed.
   */
  register(tasks: readonly (TaskSource | AnyCanvas)[]): Promise<void>;
  /**
   * Ends the app in good order: the worker finishes what it has begun, partitions are handed over, connections are closed.
   * On a transport other than the embedded one, runs go on elsewhere.
   */
  close(): Promise<void>;
}

/**
 * Starts an app; resolves when everything in it is ready.
 *
 * ```ts
 * const app = await createApp(); // everything in this process
 * const app = await createApp({ transport: nats({ servers }), roles: ["client"] }); // a service, with workers elsewhere
 * ```
 *
 * @throws OptionInvalidError, DuplicateTaskError, TaskWithoutHandlerError, and what the transport throws when it is opened.
 */
export async function createApp(options: AppOptions = {}): Promise<App> {
  const app = new RunningApp(appSettings(options));
  try {
    await app.start();
  } catch (error) {
    await app.close().catch(() => {}); // the first error is the one that tells
    throw error;
  }
  return app;
}

class RunningApp implements App {
  readonly #settings: AppSettings;
  readonly #transports: Transport[] = [];
  #client: Client | undefined;
  #coordinator: Coordinator | undefined;
  #worker: Worker | undefined;
  /** What of this app's worker was asked for already. */
  readonly #registered = new WeakSet<CanvasNeeds>();
  #closed: Promise<void> | undefined;

  constructor(settings: AppSettings) {
    this.#settings = settings;
  }

  async start(): Promise<void> {
    const { roles, tasks, places, name, worker, coordinator, client } = this.#settings;
    if (roles.has("worker")) {
      checkWorkerOptions({ ...worker, tasks, name });
      this.#worker = createWorker({ ...worker, tasks, name, transport: await this.#open("worker") });
      await this.#worker.register([], places);
    }
    if (roles.has("coordinator")) {
      this.#coordinator = createCoordinator({
        transport: await this.#open("coordinator"),
        name,
        ...coordinator,
        ...(worker.log === undefined ? {} : { log: worker.log }),
      });
      await this.#coordinator.start();
    }
    await this.#worker?.start();
    if (roles.has("client")) {
      this.#client = await createClient({ transport: await this.#open("client"), name, ...client });
    }
  }

  run<C extends AnyCanvas>(canvas: C, ...args: RunArguments<C>): Promise<RunHandle<RunOutput<C>>> {
    try {
      const client = this.#having("client", this.#client, "run()");
      const registering = this.#registerNeeds(canvas, args[1]?.defaults?.queue);
      if (registering === undefined) return client.run(canvas, ...args);
      return registering.then(() => client.run(canvas, ...args));
    } catch (error) {
      return Promise.reject(error as Error);
    }
  }

  workflow<C extends AnyCanvas>(canvas: C): Startable<C> {
    return { run: (...args) => this.run(canvas, ...args) };
  }

  async plan<C extends AnyCanvas>(
    canvas: C,
    sample?: RunInput<C>,
    options: PlanOptions = {},
  ): Promise<CanvasPlan<RunOutput<C>>> {
    const checked = checkedPlanOptions(options);
    const workflow = compile<AnyCanvas>(canvas);
    const plan = await plannedCanvas(workflow, sample);
    const unknownTasks = await this.#unknownOf(plan.tasks, workflow);
    if (checked.handlers === undefined) return { ...plan, unknownTasks };
    const value = (await dryRun(canvas, workflow, sample, checked)) as RunOutput<C>;
    return { ...plan, unknownTasks, value };
  }

  attach<O = unknown>(runId: string): RunHandle<O> {
    return this.#having("client", this.#client, "attach()").attach<O>(runId);
  }

  get runs(): Runs {
    return this.#having("client", this.#client, "runs").runs;
  }

  async planRedrive<O = unknown>(runId: string, options: RedriveOptions = {}): Promise<RedrivePlan<O>> {
    const plan = await this.#having("client", this.#client, "planRedrive()").planRedrive<O>(runId, options);
    const { workflow } = options;
    if (workflow === undefined) return plan;
    const start = async () => {
      await this.#registerNeeds(workflow, undefined);
      return plan.start();
    };
    return { ...plan, start };
  }

  async redrive<O = unknown>(runId: string, options: RedriveOptions = {}): Promise<RunHandle<O>> {
    this.#having("client", this.#client, "redrive()");
    return (await this.planRedrive<O>(runId, options)).start();
  }

  get deadLetters(): DeadLetters {
    return this.#having("client", this.#client, "deadLetters").deadLetters;
  }

  register(tasks: readonly (TaskSource | AnyCanvas)[]): Promise<void> {
    const worker = this.#having("worker", this.#worker, "register()");
    if (this.#closed !== undefined) return Promise.reject(new ClientClosedError());
    try {
      const needs = offered(tasks);
      return worker.register(needs.tasks, needs.places);
    } catch (error) {
      return Promise.reject(error as Error);
    }
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Tasks that neither a live worker knows, nor this app's when the canvas is run. */
  async #unknownOf(tasks: CanvasPlan["tasks"], workflow: CompiledWorkflow): Promise<CanvasPlan["unknownTasks"]> {
    const [transport] = this.#transports;
    if (transport === undefined || this.#closed !== undefined) throw new ClientClosedError();
    const workers = await readLiveWorkers(transport, transport.clock.now());
    const isLocal = (task: string) => this.#worker !== undefined && workflow.tasks.get(task)?.handler !== undefined;
    return tasks.filter(({ task, queue }) => !isLocal(task) && !workers.canRun(task, queue));
  }

  /** What the canvas needs of this app's worker, if that is not known to be there. */
  #registerNeeds(canvas: AnyCanvas, queue: string | undefined): Promise<void> | undefined {
    const worker = this.#worker;
    // What is no canvas, or comes after the end, is the client's to complain about.
    if (worker === undefined || this.#closed !== undefined || !isCanvas(canvas)) return undefined;
    const needs = needsOf(compile(canvas));
    if (queue !== undefined) {
      const further = needs.tasksWithoutQueue.map((task) => ({ task, queue }));
      return worker.register(needs.tasks, [...needs.places, ...further]);
    }
    if (this.#registered.has(needs)) return undefined;
    return worker.register(needs.tasks, needs.places).then(() => void this.#registered.add(needs));
  }

  async #open(role: Role): Promise<Transport> {
    const { transport, name } = this.#settings;
    const opened = await transport.open(`${name}-${role}-${hostname()}-${process.pid}`);
    this.#transports.push(opened);
    return opened;
  }

  #having<T>(role: Role, part: T | undefined, call: string): T {
    if (part === undefined) throw new RoleMissingError(role, call);
    return part;
  }

  async #close(): Promise<void> {
    // On the embedded transport nothing else may keep the process alive until the last attempt is done.
    const hold = setInterval(() => {}, 2 ** 30);
    try {
      // In the order in which work flows backwards: what the worker still reports, the coordinator still takes.
      await this.#worker?.stop();
      await this.#coordinator?.stop();
      await this.#client?.close();
      await Promise.all(this.#transports.map((transport) => transport.close()));
    } finally {
      clearInterval(hold);
    }
  }
}
