import { OptionInvalidError } from "@arpeggio/core";
import type { TransportProvider } from "@arpeggio/core";
import { embedded } from "@arpeggio/transport-embedded";
import type { TaskSource, WorkerOptions } from "@arpeggio/worker";

/** What an app can be: asks for runs, moves them forward, runs their tasks. */
export type Role = "client" | "coordinator" | "worker";

const ROLES: readonly Role[] = ["client", "coordinator", "worker"];

/** Options of {@link createApp}. Every one may be left out. */
export interface AppOptions extends Pick<
  WorkerOptions,
  "queues" | "concurrency" | "prefetch" | "ackWaitMs" | "drainTimeoutMs" | "abortGraceMs" | "log"
> {
  /**
   * The tasks that this app's worker runs. Those inside a canvas that this app starts need not be listed: they are
   * registered when it is started.
   */
  readonly tasks?: readonly TaskSource[];
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
}

/** Options with defaults. */
export interface AppSettings {
  readonly tasks: readonly TaskSource[];
  readonly transport: TransportProvider;
  readonly roles: ReadonlySet<Role>;
  readonly name: string;
  readonly worker: Omit<WorkerOptions, "transport" | "tasks" | "name">;
}

const KNOWN = [
  "tasks",
  "transport",
  "roles",
  "name",
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
  for (const key of Object.keys(options)) {
    if (!KNOWN.includes(key)) {
      throw new OptionInvalidError(
        key,
        options[key as keyof AppOptions],
        `nothing: it is not known (${KNOWN.join(", ")} are)`,
      );
    }
  }
  const { tasks = [], transport = embedded(), roles = ROLES, name = "app", ...worker } = options;
  if (typeof transport?.open !== "function")
    throw new OptionInvalidError("transport", transport, "embedded() or nats({ … })");
  if (!Array.isArray(tasks)) throw new OptionInvalidError("tasks", tasks, "a list of tasks");
  for (const role of roles)
    if (!ROLES.includes(role)) throw new OptionInvalidError("roles", role, `some of ${ROLES.join(", ")}`);
  if (roles.length === 0) throw new OptionInvalidError("roles", roles, `at least one of ${ROLES.join(", ")}`);
  if (tasks.length > 0 && !roles.includes("worker")) {
    throw new OptionInvalidError("roles", roles, `"worker" among them, because tasks are given`);
  }
  return { tasks, transport, roles: new Set(roles), name, worker };
}
