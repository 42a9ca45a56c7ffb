import {
  busSubjects,
  checkedMethods,
  compile,
  decodeAbort,
  isCanvas,
  OptionInvalidError,
  setAside,
  stepDefaults,
  token,
} from "@arpeggio/core";
import type {
  AbortNotice,
  CompiledWorkflow,
  RecordUndecodableError,
  Subscription,
  TaskDefinition,
} from "@arpeggio/core";
import { AbortedRuns } from "./aborted-runs.ts";
import { AttemptDesk } from "./attempt-desk.ts";
import { needsOf } from "./canvas-needs.ts";
import { QueueReader } from "./queue-reader.ts";
import { TaskRegistry } from "./task-registry.ts";
import { DuplicateTaskError } from "./worker-errors.ts";
import { workerLimits } from "./worker-options.ts";
import type { TaskSource, WorkerOptions, WorkerSettings } from "./worker-options.ts";
import { WorkerPresence } from "./worker-presence.ts";

/** Takes attempts from queues and runs their tasks. */
export interface Worker {
  /** Under which the list of workers has it. */
  readonly id: string;
  /** Begins to take attempts; resolves when its queues are read. */
  start(): Promise<void>;
  /**
   * Drains: takes no more attempts, gives those back that have not begun, waits for those that run (at most
   * `drainTimeoutMs`, then they are aborted and given back), and resolves when nothing of the worker is left.
   */
  stop(): Promise<void>;
  /**
   * Adds tasks, and the queues that they need unless the worker was told its queues. Tasks that it knows are no error.
   * `places` are further queues to which tasks are sent; those of tasks that it does not know are not read.
   *
   * @throws DuplicateTaskError, TaskWithoutHandlerError as {@link createWorker}.
   */
  register(tasks: readonly TaskSource[], places?: readonly TaskPlace[]): Promise<void>;
  stats(): WorkerStats;
}

/** A queue to which attempts of a task are sent. */
export interface TaskPlace {
  readonly task: string;
  readonly queue: string;
}

export interface WorkerStats {
  /** Handlers that run now. */
  readonly running: number;
  /** Attempts taken that wait for a slot. */
  readonly ready: number;
  /** Attempts taken and not yet given back or done with, the two above included. */
  readonly inHand: number;
  /** Since the start. */
  readonly succeeded: number;
  readonly failed: number;
  /** Ended by an abort notice, or not begun because of one. */
  readonly aborted: number;
  /** Given back: unknown tasks, and at the end of the worker. */
  readonly released: number;
}

/**
 * A worker for these tasks; it does nothing before {@link Worker.start}.
 *
 * @throws DuplicateTaskError when two tasks have one name.
 * @throws TaskWithoutHandlerError for a contract without code.
 * @throws OptionInvalidError for an option that is out of range or not known.
 */
export function createWorker(options: WorkerOptions): Worker {
  const limits = workerLimits(options);
  const transport = checkedMethods("transport", options.transport, ["bucket", "close"]);
  return new TaskWorker({ ...limits, transport }, offered(options.tasks));
}

/** Whether {@link createWorker} would take these options: before there is a transport, which may take long to open. */
export function checkWorkerOptions(options: Omit<WorkerOptions, "transport">): void {
  workerLimits(options);
  const registry = new TaskRegistry();
  for (const { definition } of offered(options.tasks)) registry.add(definition);
}

class TaskWorker implements Worker {
  readonly #settings: WorkerSettings;
  readonly #registry = new TaskRegistry();
  readonly #aborted: AbortedRuns;
  readonly #desk: AttemptDesk;
  readonly #presence: WorkerPresence;
  readonly #readers = new Map<string, QueueReader>();
  #abortNotices: Subscription | undefined;
  #phase: "new" | "started" | "stopping" = "new";
  #stopped: Promise<void> | undefined;

  constructor(settings: WorkerSettings, tasks: readonly OfferedTask[]) {
    const { transport, log, id } = settings;
    this.#settings = settings;
    this.#aborted = new AbortedRuns(() => transport.clock.now());
    this.#desk = new AttemptDesk(
      settings,
      this.#registry,
      this.#aborted,
      (inHandMax) => this.#readAhead(inHandMax),
      (workflow) => this.#adopt(workflow),
    );
    this.#presence = new WorkerPresence(transport.bucket("workers"), transport.clock, log, id, () => ({
      queues: [...this.#readers.keys()],
      tasks: this.#registry.names(),
    }));
    for (const queue of settings.queues ?? []) this.#addReader(queue);
    this.#add(tasks, []);
  }

  get id(): string {
    return this.#settings.id;
  }

  async start(): Promise<void> {
    if (this.#phase !== "new") return;
    this.#phase = "started";
    const { transport, id, log } = this.#settings;
    this.#abortNotices = await transport.bus.subscribe(busSubjects.abort, ({ bytes }) => this.#onAbort(bytes));
    this.#desk.start();
    await Promise.all([...this.#readers.values()].map((reader) => reader.start()));
    await this.#presence.start();
    log.info(`worker ${id} reads ${[...this.#readers.keys()].join(", ") || "no queue yet"}`);
  }

  async register(tasks: readonly TaskSource[], places: readonly TaskPlace[] = []): Promise<void> {
    const added = this.#add(offered(tasks), places);
    if (!added.isNew || this.#phase !== "started") return;
    await Promise.all(added.readers.map((reader) => reader.start()));
    await this.#presence.announce();
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  stats(): WorkerStats {
    return this.#desk.stats();
  }

  async #stop(): Promise<void> {
    const wasStarted = this.#phase === "started";
    this.#phase = "stopping";
    if (!wasStarted) return;
    const { log, id } = this.#settings;
    log.info(`worker ${id} drains`);
    this.#desk.close();
    const gone = this.#presence.stop();
    await Promise.all([...this.#readers.values()].map((reader) => reader.stop()));
    await this.#desk.drain();
    await this.#abortNotices?.stop();
    await gone;
    log.info(`worker ${id} has stopped`);
  }

  #add(
    tasks: readonly OfferedTask[],
    places: readonly TaskPlace[],
  ): { readonly isNew: boolean; readonly readers: readonly QueueReader[] } {
    // Before anything is added: a reader that is there and was never started would keep its queue from being read.
    for (const { queue } of [...tasks, ...places]) token("queue", queue);
    const newTasks = tasks.filter(({ definition }) => this.#registry.add(definition));
    if (this.#settings.queues !== undefined) return { isNew: newTasks.length > 0, readers: [] };
    const known = places.filter(({ task }) => this.#registry.get(task) !== undefined);
    const wanted = new Set([...tasks, ...known].map(({ queue }) => queue));
    const readers = [...wanted]
      .map((queue) => this.#readers.get(queue) ?? this.#addReader(queue))
      .filter((reader) => !reader.isStarted);
    return { isNew: newTasks.length > 0 || readers.length > 0, readers };
  }

  #addReader(queue: string): QueueReader {
    const { transport, concurrency, prefetch, ackWaitMs } = this.#settings;
    const reader = new QueueReader(transport.attempts, {
      queue,
      inHandMax: concurrency + (prefetch === "auto" ? concurrency : prefetch),
      ackWaitMs,
      onDelivery: (delivery) => this.#desk.take(delivery, queue),
    });
    this.#readers.set(queue, reader);
    return reader;
  }

  /** A handler of this worker has made a canvas: the tasks that it brings along are not known anywhere else. */
  async #adopt(workflow: CompiledWorkflow): Promise<void> {
    const { tasks, places } = needsOf(workflow);
    try {
      await this.register(tasks, places);
    } catch (error) {
      if (error instanceof DuplicateTaskError) throw error;
      this.#settings.log.warn(`this worker cannot read all queues of '${workflow.name}'; others may`, error);
    }
  }

  #readAhead(inHandMax: number): void {
    for (const [queue, reader] of this.#readers) {
      reader.readAhead(inHandMax).catch((error: unknown) => {
        this.#settings.log.warn(`queue '${queue}' cannot be read ahead`, error);
      });
    }
  }

  #onAbort(bytes: Uint8Array): void {
    let notice: AbortNotice;
    try {
      notice = decodeAbort(bytes);
    } catch (error) {
      this.#setAside(bytes, error as RecordUndecodableError);
      return;
    }
    this.#aborted.note(notice);
    this.#desk.abort(notice);
  }

  #setAside(bytes: Uint8Array, reason: RecordUndecodableError): void {
    const { transport, log } = this.#settings;
    setAside(transport, { source: "control", bytes: new Uint8Array(bytes), reason }).then(
      (key) => log.error(`an abort notice was set aside as dead letter ${key}: ${reason.message}`),
      (error: unknown) => log.error(`an abort notice cannot be decoded and could not be set aside`, error),
    );
  }
}

/** A task, and the queue that its attempts are sent to unless a canvas says otherwise. */
interface OfferedTask {
  readonly definition: TaskDefinition;
  readonly queue: string;
}

function offered(tasks: readonly TaskSource[]): readonly OfferedTask[] {
  if (!Array.isArray(tasks)) throw new OptionInvalidError("tasks", tasks, "a list of tasks");
  return tasks.map((task: Partial<TaskSource> | undefined | null, i: number) => {
    const definition = task?.definition;
    if (definition === undefined)
      throw new OptionInvalidError(`tasks[${i}]`, task, "what task(), func() or implement() made");
    return { definition, queue: queueSaidBy(task) ?? definition.options.queue ?? stepDefaults.queue };
  });
}

/** A task to which `.with({ queue })` was added has the queue there and not in its definition. */
function queueSaidBy(task: unknown): string | undefined {
  if (!isCanvas(task)) return undefined;
  const [node] = compile(task).graph.nodes;
  return node?.kind === "task" ? node.options?.queue : undefined;
}
