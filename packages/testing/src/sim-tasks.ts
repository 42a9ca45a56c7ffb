import { handlerReply } from "@arpeggio/core";
import type { AnyCanvas, TaskContext, TaskDefinition } from "@arpeggio/core";
import type { TaskSource } from "@arpeggio/worker";
import type { Actor } from "./actor.ts";
import type { World } from "./world.ts";

/** The handler of a task, whatever its types. */
export type AnyHandler = (input: unknown, ctx: TaskContext) => unknown;

export interface TaskBehaviour {
  /** How long handlers take in virtual time, least and most. */
  readonly taskMs: readonly [number, number];
  /** Chance for an attempt to fail that is not the last one of its node. */
  readonly flaky: number;
  /** How many attempts each node has. */
  readonly attempts: number;
}

const SLOW_MS_MAX = 8_000;

/**
 * The tasks as a worker of the world has them: each takes some time, some fail at first, and every call is noted. It is the same
 * with the tasks of a canvas that a handler puts in its place: they are added to `definitions`, as if workers that begin later had
 * been given them.
 */
export function simulatedTasks(
  definitions: Map<string, TaskDefinition>,
  handlers: Readonly<Record<string, AnyHandler>>,
  behaviour: TaskBehaviour,
  world: World,
  actor: Actor,
): readonly TaskSource[] {
  const simulated = new Map<string, TaskDefinition>();
  const simulate = (definition: TaskDefinition): TaskDefinition => {
    const known = simulated.get(definition.name);
    if (known !== undefined) return known;
    definitions.set(definition.name, definition);
    const run = handlers[definition.name] ?? definition.handler;
    if (run === undefined) return definition;
    const handler = async (input: unknown, ctx: TaskContext): Promise<unknown> => {
      const { weather } = world;
      world.auditor.began(ctx, actor.name, world.elapsedMs);
      world.say(actor.name, `runs ${ctx.idempotencyKey} (${ctx.task})`);
      const [least, most] = behaviour.taskMs;
      const takesMs = weather.strikes("slowTask")
        ? weather.random.int(most, SLOW_MS_MAX)
        : weather.random.int(least, most);
      if (takesMs > 0) await pause(world, actor, takesMs, weather.random.chance(0.5) ? ctx.signal : undefined);
      if (ctx.attempt < behaviour.attempts && weather.random.chance(behaviour.flaky))
        throw new Error("fails this time");
      const given: unknown = await run(input, ctx);
      const reply = handlerReply(given);
      return reply?.kind === "replacement"
        ? ctx.replaceWith(withTasks(reply.canvas, simulate), reply.input as never)
        : given;
    };
    const definitionHere = { ...definition, handler };
    simulated.set(definition.name, definitionHere);
    return definitionHere;
  };
  return [...definitions.values()].flatMap((definition) => {
    const here = simulate(definition);
    return here === definition ? [] : [{ definition: here }];
  });
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
