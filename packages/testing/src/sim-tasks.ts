import { compile, handlerReply } from "@arpeggio/core";
import type { AnyCanvas, TaskContext, TaskDefinition } from "@arpeggio/core";
import { needsOf } from "@arpeggio/worker";
import type { TaskPlace, TaskSource, Worker } from "@arpeggio/worker";
import type { Actor } from "./actor.ts";
import type { World } from "./world.ts";

/** The handler of a task, whatever its types. */
export type AnyHandler = (input: unknown, ctx: TaskContext) => unknown;

export interface TasksOfWorld {
  /** Their tasks are known to all workers from the beginning. */
  readonly canvases: readonly AnyCanvas[];
  /** Queues in the defaults of runs. */
  readonly queues: readonly string[];
  /** Code instead of that of the tasks with these names. */
  readonly handlers: Readonly<Record<string, AnyHandler>>;
  readonly behaviour: TaskBehaviour;
}

export interface TaskBehaviour {
  /** How long handlers take in virtual time, least and most. */
  readonly taskMs: readonly [number, number];
  /** Chance for an attempt to fail that is not the last one of its node. */
  readonly flaky: number;
  /** How many attempts each node has. */
  readonly attempts: number;
}

const SLOW_MS_MAX = 8_000;
const AGAIN_MS = 1_000;

/**
 * The tasks of the world, as each of its workers has them: each takes some time, some fail at first, and every call is noted. It
 * is the same with the tasks of a canvas that a handler puts in its place: what one worker learns in this way, all are told, as if
 * they had been given it from the beginning.
 */
export class SimulatedTasks {
  readonly #world: World;
  readonly #given: TasksOfWorld;
  readonly #definitions = new Map<string, TaskDefinition>();
  readonly #places: TaskPlace[] = [];
  readonly #workers = new Map<Actor, Worker>();
  /** What each process has in the place of a definition: its handler knows where it is called. */
  readonly #simulated = new WeakMap<Actor, Map<string, TaskDefinition>>();

  constructor(world: World, given: TasksOfWorld) {
    this.#world = world;
    this.#given = given;
    for (const canvas of given.canvases) this.#learn(canvas);
  }

  /** Those of a worker that begins. */
  of(actor: Actor): readonly TaskSource[] {
    return this.#offered(actor, this.#definitions.values());
  }

  /** A worker is about to start. From now on it is told what others learn. */
  onWorker(worker: Worker, actor: Actor): void {
    void worker.register([], this.#places);
    this.#workers.set(actor, worker);
  }

  /** A contract without code is nobody's. */
  #offered(actor: Actor, definitions: Iterable<TaskDefinition>): readonly TaskSource[] {
    const here = Array.from(definitions, (definition) => this.#here(actor, definition));
    return here.filter(({ handler }) => handler !== undefined).map((definition) => ({ definition }));
  }

  #here(actor: Actor, definition: TaskDefinition): TaskDefinition {
    const { name } = definition;
    // Another task of that name: what comes of it is for the worker to say.
    if (this.#definitions.get(name)?.handler !== definition.handler) return definition;
    const all = this.#simulated.get(actor) ?? new Map<string, TaskDefinition>();
    this.#simulated.set(actor, all);
    const run = this.#given.handlers[name] ?? definition.handler;
    const here =
      all.get(name) ?? (run === undefined ? definition : { ...definition, handler: this.#handler(actor, run) });
    all.set(name, here);
    return here;
  }

  #handler(actor: Actor, run: AnyHandler): AnyHandler {
    const world = this.#world;
    const { taskMs, attempts, flaky } = this.#given.behaviour;
    return async (input, ctx) => {
      const { weather } = world;
      world.auditor.began(ctx, actor.name, world.elapsedMs);
      world.say(actor.name, `runs ${ctx.idempotencyKey} (${ctx.task})`);
      const [least, most] = taskMs;
      const takesMs = weather.strikes("slowTask")
        ? weather.random.int(most, SLOW_MS_MAX)
        : weather.random.int(least, most);
      if (takesMs > 0) await pause(world, actor, takesMs, weather.random.chance(0.5) ? ctx.signal : undefined);
      if (ctx.attempt < attempts && weather.random.chance(flaky)) throw new Error("fails this time");
      const given: unknown = await run(input, ctx);
      const reply = handlerReply(given);
      if (reply?.kind !== "replacement") return given;
      this.#learn(reply.canvas);
      const canvas = withTasks(reply.canvas, (definition) => this.#here(actor, definition));
      return ctx.replaceWith(canvas, reply.input as never);
    };
  }

  #learn(canvas: AnyCanvas): void {
    const workflow = compile(canvas);
    const { places, tasksWithoutQueue } = needsOf(workflow);
    const inDefaults = this.#given.queues.flatMap((queue) => tasksWithoutQueue.map((task) => ({ task, queue })));
    const newPlaces = [...places, ...inDefaults].filter(
      (one) => !this.#places.some(({ task, queue }) => task === one.task && queue === one.queue),
    );
    const newTasks = [...workflow.tasks.values()].filter(({ name }) => !this.#definitions.has(name));
    for (const definition of newTasks) this.#definitions.set(definition.name, definition);
    for (const place of newPlaces) this.#places.push(place);
    for (const [actor, worker] of this.#workers) {
      if (actor.isGone) this.#workers.delete(actor);
      else this.#tell(worker, actor, newTasks, newPlaces);
    }
  }

  /** A queue that cannot be read now is tried again: nobody else may be there to read it. */
  #tell(worker: Worker, actor: Actor, tasks: readonly TaskDefinition[], places: readonly TaskPlace[]): void {
    const again = () => this.#tell(worker, actor, tasks, places);
    worker
      .register(this.#offered(actor, tasks), places)
      .catch(() => void this.#world.timeline.plan(AGAIN_MS, actor, again));
  }
}

const FORM = Symbol.for("@arpeggio/core/form");

/** The same canvas with other tasks. */
function withTasks(canvas: AnyCanvas, taskOf: (task: TaskDefinition) => TaskDefinition): AnyCanvas {
  const copied = (part: unknown): unknown => {
    if (Array.isArray(part)) return part.map(copied);
    if (typeof part !== "object" || part === null || Object.getPrototypeOf(part) !== Object.prototype) return part;
    if ("kind" in part && part.kind === "task" && "task" in part)
      return { ...part, task: taskOf(part.task as TaskDefinition) };
    return Object.fromEntries(Object.entries(part).map(([key, inner]) => [key, copied(inner)]));
  };
  const form = (canvas as unknown as Readonly<Record<symbol, unknown>>)[FORM];
  return { [FORM]: copied(form) } as unknown as AnyCanvas;
}

/** Rejects at once when the signal is aborted, as handlers do that listen to it. */
function pause(world: World, actor: Actor, ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    world.timeline.plan(ms, actor, resolve);
    signal?.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
  });
}
