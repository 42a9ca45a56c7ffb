import type { Actor } from "./actor.ts";
import type { FaultKind, PlannedFault } from "./fault-plan.ts";
import { jetStreamState } from "./jetstream-state.ts";
import type { JetStreamState } from "./jetstream-state.ts";

/** What was really done, and when. */
export interface DoneFault {
  readonly kind: FaultKind;
  readonly target: string;
  readonly fromMs: number;
  /** When the process works again. */
  toMs: number;
}

export interface FaultRunnerOptions {
  readonly plan: readonly PlannedFault[];
  readonly actors: readonly Actor[];
  /** Names of the servers: only one of them is away at a time, so that two of three can go on. */
  readonly servers: ReadonlySet<string>;
  readonly monitors: readonly string[];
  readonly startedAtMs: number;
  readonly onBegin: (fault: DoneFault) => void;
  readonly onProblem: (what: string) => void;
}

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)));

/** Does what the plan says. A fault whose target is away already is left out. */
export class FaultRunner {
  readonly done: DoneFault[] = [];
  leftOut = 0;
  readonly #options: FaultRunnerOptions;
  readonly #busy = new Set<string>();

  constructor(options: FaultRunnerOptions) {
    this.#options = options;
  }

  /** Resolves when all faults are over and everything works again. */
  async run(): Promise<void> {
    const { plan, startedAtMs, onProblem } = this.#options;
    const under: Promise<void>[] = [];
    for (const fault of plan) {
      await wait(startedAtMs + fault.atMs - Date.now());
      under.push(
        this.#suffer(fault).catch((error: unknown) => onProblem(`${fault.kind} ${fault.target}: ${String(error)}`)),
      );
    }
    await Promise.all(under);
  }

  async #suffer({ kind, target, forMs }: PlannedFault): Promise<void> {
    const { actors, servers, onBegin } = this.#options;
    const name = await this.#resolved(target);
    const actor = actors.find((one) => one.name === name);
    const lock = servers.has(name) ? "servers" : name;
    if (actor === undefined || this.#busy.has(lock)) {
      this.leftOut++;
      return;
    }
    this.#busy.add(lock);
    const done: DoneFault = { kind, target: name, fromMs: Date.now(), toMs: Infinity };
    this.done.push(done);
    onBegin(done);
    try {
      await this.#inflict(kind, actor, forMs);
    } finally {
      done.toMs = Date.now();
      this.#busy.delete(lock);
    }
  }

  async #inflict(kind: FaultKind, actor: Actor, forMs: number): Promise<void> {
    const { onProblem, servers } = this.#options;
    switch (kind) {
      case "kill":
      case "restart":
        if (kind === "kill") await actor.kill();
        else if (!(await actor.stop())) onProblem(`${actor.name} did not stop within 20 s of SIGTERM`);
        await wait(forMs);
        actor.start();
        await actor.ready;
        break;
      case "freeze":
        actor.freeze();
        await wait(forMs);
        actor.thaw();
        break;
      case "cut":
        actor.setLink(false);
        await wait(forMs);
        actor.setLink(true);
        break;
    }
    if (servers.size > 1 && servers.has(actor.name)) await this.#untilWhole();
  }

  /** Which process plays a part now. */
  async #resolved(target: string): Promise<string> {
    if (!target.startsWith("leader of ")) return target;
    const state = await jetStreamState(this.#options.monitors);
    return leaderOf(state, target) ?? "nobody";
  }

  /** A server that is back has to catch up before the next may go. */
  async #untilWhole(): Promise<void> {
    const { monitors } = this.#options;
    for (const deadline = Date.now() + 15_000; Date.now() < deadline;) {
      const answers = monitors.map((monitor) =>
        fetch(`${monitor}/healthz`, { signal: AbortSignal.timeout(1_000) })
          .then(({ ok }) => ok)
          .catch(() => false),
      );
      if (!(await Promise.all(answers)).includes(false)) return;
      await wait(200);
    }
  }
}

function leaderOf({ leader, streams }: JetStreamState, role: string): string | undefined {
  if (role === "leader of the cluster") return leader;
  return streams.get(role === "leader of events" ? "CHAOS_EVENTS" : "CHAOS_TASKS")?.leader;
}
