import { token } from "@arpeggio/core";
import type { EventOrigin, RunEvent } from "@arpeggio/core";
import type { CoordinatorLogger } from "./logger.ts";

type EventType = RunEvent["type"];

/** What each role may say of runs. The coordinator decides all the rest, so it may say everything. */
const sayable: Readonly<Record<Exclude<EventOrigin, "coordinator">, ReadonlySet<EventType>>> = {
  client: new Set<EventType>([
    "run.started",
    "run.cancel.requested",
    "nodes.cancel.requested",
    "run.pause.requested",
    "run.resume.requested",
    "signal.received",
  ]),
  worker: new Set<EventType>(["attempt.started", "attempt.succeeded", "attempt.failed", "attempt.replaced"]),
};
const PRIORITY_MAX = 9;

/**
 * Keeps events out that their writer may not write, and starts whose names cannot stand in subjects and keys: one of those
 * would be tried again for ever. Every replay keeps out the same ones.
 */
export class EventCheck {
  readonly #log: CoordinatorLogger;
  /** One line a kind of refusal: whoever floods the log of events must not flood this one as well. */
  readonly #told = new Set<string>();

  constructor(log: CoordinatorLogger) {
    this.#log = log;
  }

  admits(event: RunEvent, origin: EventOrigin | undefined): boolean {
    if (origin !== undefined && origin !== "coordinator" && !sayable[origin].has(event.type)) {
      this.#tell(`a ${origin} may not write ${event.type}`, event);
      return false;
    }
    if (event.type !== "run.started" || hasSoundNames(event)) return true;
    this.#tell("a start has a name that cannot be part of a subject or key", event);
    return false;
  }

  #tell(why: string, { type, run }: RunEvent): void {
    if (this.#told.has(why)) return;
    this.#told.add(why);
    const shown = JSON.stringify(run.slice(0, 128));
    this.#log.error(`${type} of run ${shown} was ignored: ${why}; further ones are ignored in silence`);
  }
}

function hasSoundNames({ run, client, graph, defaults }: Extract<RunEvent, { type: "run.started" }>): boolean {
  try {
    token("run id", run);
    token("client", client);
    token("graph", graph);
    if (defaults?.queue !== undefined) token("queue", defaults.queue);
    return (defaults?.priority ?? 0) <= PRIORITY_MAX;
  } catch {
    return false;
  }
}
