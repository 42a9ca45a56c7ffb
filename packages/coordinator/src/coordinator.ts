import { hostname } from "node:os";
import {
  checkedMethods,
  checkedOptions,
  createEventWriter,
  OptionInvalidError,
  randomToken,
  token,
} from "@arpeggio/core";
import type { Transport } from "@arpeggio/core";
import { CoordinatorStoppedError } from "./coordinator-errors.ts";
import { Janitor } from "./runtime/janitor.ts";
import { quietLogger } from "./runtime/logger.ts";
import type { CoordinatorLogger } from "./runtime/logger.ts";
import { Ownership } from "./runtime/ownership.ts";
import { PastRuns } from "./runtime/past-runs.ts";
import { PlanLoader } from "./runtime/plan-loader.ts";
import { QueueWatch } from "./runtime/queue-watch.ts";
import { createStats } from "./runtime/stats.ts";
import type { CoordinatorStats } from "./runtime/stats.ts";

export interface CoordinatorOptions {
  /** Log, queues, buckets. The coordinator does not close it. */
  readonly transport: Transport;
  /**
   * What the coordinator is called in leases and logs: letters, digits, `-` and `_`. It need not be unique.
   *
   * @defaultValue the host's name
   */
  readonly name?: string;
  /**
   * How long the owner of a partition may stay silent before another coordinator takes the partition over, in milliseconds.
   * It gives a sign of life every third of this.
   *
   * Shorter finds a dead coordinator sooner, but takes partitions away from one that is only busy; that is harmless and costs
   * a replay.
   *
   * @defaultValue `3_000`
   * @throws {@link OptionInvalidError} below 50.
   */
  readonly leaseMs?: number;
  /**
   * How often the owner of a partition notes how far it has come, in milliseconds. Longer means fewer small writes, and
   * more of the log to fold again after a crash.
   *
   * @defaultValue `100`
   * @throws {@link OptionInvalidError} below 1 or above `leaseMs`.
   */
  readonly checkpointMs?: number;
  /**
   * How long to rest between two rounds of tidying up, in milliseconds; 0 is for ever. A round removes what ended runs and
   * crashes have left behind, and looks for runs that wait in vain; what it finds goes in the round after.
   *
   * @defaultValue `60_000`
   * @throws {@link OptionInvalidError} below 0.
   */
  readonly janitorMs?: number;
  /**
   * How many runs this coordinator may have in hand before clients are asked to start no more: their `run()` fails with
   * `QUEUE_FULL` until there are less. A run that waits takes about a kilobyte of memory, besides its values.
   *
   * @defaultValue `500_000`
   * @throws {@link OptionInvalidError} below 1.
   */
  readonly runsMax?: number;
  /** @defaultValue warnings and errors on standard error */
  readonly log?: CoordinatorLogger;
}

/** Moves runs forward: as many coordinators as there are share the partitions among them. */
export interface Coordinator {
  /** What it is called in leases. */
  readonly name: string;
  /**
   * Takes the partitions that nobody owns and goes on taking those whose owner is gone. Resolves when those that were free
   * are live here. Calling it again changes nothing.
   *
   * @throws {@link CoordinatorStoppedError} after `stop`.
   */
  start(): Promise<void>;
  /** Notes how far it has come and gives up its partitions, so that others take them over at once. */
  stop(): Promise<void>;
  /** The partitions that it owns now, in ascending order. */
  owned(): readonly number[];
  /** What it has done so far, as of now. */
  stats(): Readonly<CoordinatorStats>;
}

const LEASE_MS_MIN = 50;
const KNOWN = ["transport", "name", "leaseMs", "checkpointMs", "janitorMs", "runsMax", "log"];

/** @throws {@link OptionInvalidError}, {@link NameInvalidError} */
export function createCoordinator(options: CoordinatorOptions): Coordinator {
  checkedOptions("the options of createCoordinator()", options, KNOWN);
  const { transport, leaseMs = 3_000, checkpointMs = 100, janitorMs = 60_000, log = quietLogger } = options;
  const { runsMax = 500_000 } = options;
  checkedMethods("transport", transport, ["bucket", "close"]);
  checkedMethods("log", log, ["debug", "info", "warn", "error"]);
  requireNumber("leaseMs", leaseMs, { min: LEASE_MS_MIN, max: 3_600_000 });
  requireNumber("checkpointMs", checkpointMs, { min: 1, max: leaseMs });
  requireNumber("janitorMs", janitorMs, { min: 0, max: 86_400_000 });
  if (!Number.isInteger(runsMax) || runsMax < 1)
    throw new OptionInvalidError("runsMax", runsMax, "a whole number from 1 on");
  const shownName = options.name === undefined ? hostToken() : token("coordinator name", options.name);
  // Two coordinators of one name must never take each other's lease for their own.
  const name = `${shownName}.${randomToken(8)}`;
  const bytesMax = Math.min(60_000, transport.limits.messageBytesMax);
  const events = createEventWriter(transport.events, { schedule: "immediate", bytesMax, origin: "coordinator" });
  const stats = createStats();
  const plans = new PlanLoader(transport, log);
  const pasts = new PastRuns(transport, plans);
  const ownership = new Ownership({
    transport,
    name,
    leaseMs,
    checkpointMs,
    runsMax,
    plans,
    pasts,
    events,
    log,
    stats,
  });
  const janitor = new Janitor({ transport, everyMs: janitorMs, owners: () => ownership.live(), log, stats });
  const queues = new QueueWatch({ transport, owners: () => ownership.live() });
  let starting: Promise<void> | undefined;
  let stopping: Promise<void> | undefined;

  return {
    name,
    async start() {
      if (stopping !== undefined) throw new CoordinatorStoppedError(name);
      starting ??= ownership.start().then(() => {
        if (stopping !== undefined) return;
        janitor.start();
        queues.start();
      });
      await starting;
    },
    stop() {
      stopping ??= (async () => {
        janitor.stop();
        pasts.stop();
        await queues.stop();
        if (starting !== undefined) await ownership.stop();
        // What its writes had to say is stored by now or left to the next owner.
        void events.close();
      })();
      return stopping;
    },
    owned: () => ownership.owned,
    stats: () => ({ ...stats }),
  };
}

function requireNumber(
  option: string,
  value: number,
  { min, max }: { readonly min: number; readonly max: number },
): void {
  if (typeof value === "number" && value >= min && value <= max) return;
  throw new OptionInvalidError(option, value, `a number of milliseconds from ${min} to ${max}`);
}

function hostToken(): string {
  return (
    hostname()
      .replaceAll(/[^A-Za-z0-9_-]/g, "-")
      .slice(0, 100) || "coordinator"
  );
}
