import type { CoordinatorOptions } from "@arpeggio/coordinator";
import { checkedOptions, compile, isCanvas, OptionInvalidError } from "@arpeggio/core";
import type { AnyCanvas, TransportProvider } from "@arpeggio/core";
import { embedded } from "@arpeggio/transport-embedded";
import { needsOf } from "@arpeggio/worker";
import type { TaskPlace, TaskSource, WorkerOptions } from "@arpeggio/worker";

/** What an app can be: asks for runs, moves them forward, runs their tasks. */
export type Role = "client" | "coordinator" | "worker";

const ROLES: readonly Role[] = ["client", "coordinator", "worker"];

/** Options of {@link createApp}. Every one may be left out. */
export interface AppOptions extends Pick<
  WorkerOptions,
  "queues" | "concurrency" | "prefetch" | "ackWaitMs" | "drainTimeoutMs" | "abortGraceMs" | "log"
> {
  /**
   * The tasks that this app's worker runs. A workflow, or any other canvas, stands for the tasks in it whose code it
   * brings along, and for the queues that it sends them to. Those inside a canvas that this app starts need not be listed:
   * they are registered when it is started.
   */
  readonly tasks?: readonly (TaskSource | AnyCanvas)[];
  /**
   * Where runs live.
   *
   * @defaultValue `embedded()`: in this process's memory, and gone with it.
   */
  readonly transport?: TransportProvider;
  /**
   * What this app does. Leave roles out where other processes have them: a web service that only starts runs is
   * `["client"]`.
   *
   * @defaultValue all three.
   */
  readonly roles?: readonly Role[];
  /** Begins the names of the app's connections, and of its worker. @defaultValue `"app"` */
  readonly name?: string;
  /** How the app's coordinator works; see each in {@link CoordinatorOptions}. */
  readonly coordinator?: Pick<CoordinatorOptions, "leaseMs" | "checkpointMs" | "janitorMs" | "runsMax">;
  /**
   * More starts than this on their way at once are refused with `QUEUE_FULL`.
   *
   * @defaultValue `100_000`
   */
  readonly startsInFlightMax?: number;
}

/** Options with defaults. */
export interface AppSettings {
  readonly tasks: readonly TaskSource[];
  readonly places: readonly TaskPlace[];
  readonly transport: TransportProvider;
  readonly roles: ReadonlySet<Role>;
  readonly name: string;
  readonly coordinator: NonNullable<AppOptions["coordinator"]>;
  readonly client: Pick<AppOptions, "startsInFlightMax">;
  readonly worker: Omit<WorkerOptions, "transport" | "tasks" | "name">;
}

const KNOWN = [
  "tasks",
  "transport",
  "roles",
  "name",
  "coordinator",
  "startsInFlightMax",
  "queues",
  "concurrency",
  "prefetch",
  "ackWaitMs",
  "drainTimeoutMs",
  "abortGraceMs",
  "log",
];

/** @throws OptionInvalidError */
export function appSettings(options: AppOptions): AppSettings {
  checkedOptions("the options of createApp()", options, KNOWN);
  const { tasks = [], transport = embedded(), roles = ROLES, name = "app", ...more } = options;
  const { coordinator = {}, startsInFlightMax, ...worker } = more;
  checkedOptions("coordinator", coordinator, ["leaseMs", "checkpointMs", "janitorMs", "runsMax"]);
  if (typeof transport?.open !== "function")
    throw new OptionInvalidError("transport", transport, "embedded() or nats({ … })");
  const offer = offered(tasks);
  if (!Array.isArray(roles)) throw new OptionInvalidError("roles", roles, `a list of ${ROLES.join(", ")}`);
  for (const role of roles)
    if (!ROLES.includes(role)) throw new OptionInvalidError("roles", role, `some of ${ROLES.join(", ")}`);
  if (roles.length === 0) throw new OptionInvalidError("roles", roles, `at least one of ${ROLES.join(", ")}`);
  const client = startsInFlightMax === undefined ? {} : { startsInFlightMax };
  if (tasks.length > 0 && !roles.includes("worker")) {
    throw new OptionInvalidError("roles", roles, `"worker" among them, because tasks are given`);
  }
  return { ...offer, transport, roles: new Set(roles), name, worker, coordinator, client };
}

/** What a worker needs for these tasks, and for those in these canvases. @throws OptionInvalidError */
export function offered(tasks: readonly (TaskSource | AnyCanvas)[]): Pick<AppSettings, "tasks" | "places"> {
  if (!Array.isArray(tasks)) throw new OptionInvalidError("tasks", tasks, "a list of tasks");
  const needs = (tasks as readonly (TaskSource | AnyCanvas | undefined)[]).map((one, i) => {
    // A task with options of its own is sent where these say.
    if (isTask(one)) return { tasks: [one], places: isCanvas(one) ? needsOf(compile(one)).places : [] };
    if (isCanvas(one)) return needsOf(compile(one));
    throw new OptionInvalidError(`tasks[${i}]`, one, "a task, or a canvas with tasks in it");
  });
  return { tasks: needs.flatMap((one) => one.tasks), places: needs.flatMap((one) => one.places) };
}

function isTask(one: unknown): one is TaskSource {
  return (one as Partial<TaskSource> | undefined)?.definition !== undefined;
}
