import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient } from "@arpeggio/client";
import { decodeOutcome } from "@arpeggio/core";
import type { OutcomeRecord, Transport } from "@arpeggio/core";
import { nats } from "@arpeggio/transport-nats";
import { readHandOvers, readLog } from "../crash/recorded-runs.ts";
import { wrongHandOvers, wrongRuns } from "./audit.ts";
import type { Violation } from "./audit.ts";
import type { ChaosOptions } from "./command-line.ts";
import { FaultRunner } from "./fault-runner.ts";
import { describeFault, planFaults } from "./fault-plan.ts";
import { foldedRun, neededBlobs } from "./folded-log.ts";
import type { FoldedRun } from "./folded-log.ts";
import { startInstallation } from "./installation.ts";
import type { Installation } from "./installation.ts";
import { notingKept } from "./kept-blobs.ts";
import { leftovers, readersLeft } from "./leftovers.ts";
import type { Leftovers } from "./leftovers.ts";
import { Load } from "./load.ts";
import { createRandom } from "./random.ts";
import { RecoveryWatch } from "./recovery.ts";
import { complaintsOf } from "./complaints.ts";
import { readExecutions } from "./repeats.ts";
import { summaryOf } from "./summary.ts";
import { traceOf } from "./report.ts";
import { janitorMs, transportOptions } from "./settings.mjs";
import { graphs } from "./work.ts";

export { chaosOptions, usage } from "./command-line.ts";

/** How long the last runs may take once nothing goes wrong any more. */
const SETTLE_MS = 90_000;

/** Attempts that a killed server has brought back go in the third round of tidying up. */
const LEFTOVERS_MS = 4 * janitorMs + 5_000;
const VIOLATIONS_SHOWN_MAX = 50;
/** How long a server may keep a reader that is gone: our threshold is 10 s. */
const READERS_MS = 20_000;
/** In a cluster the deletion is proposed to the leader, and if that is lost, once more after 30 s and some. */
const READERS_MS_CLUSTER = 75_000;

/** One run of chaos; false if anything was wrong. Says all that it finds. */
export async function chaos(options: ChaosOptions): Promise<boolean> {
  const { seconds, seed, isCluster } = options;
  const folder = mkdtempSync(join(tmpdir(), "arpeggio-chaos-"));
  const problems: string[] = [];
  const onProblem = (what: string) => {
    problems.push(what);
    say(`! ${what}`);
  };
  const flags = `${isCluster ? " --cluster" : ""}${options.isOldest ? " --oldest" : ""}`;
  say(`pnpm test:chaos --seconds ${seconds} --seed ${seed}${flags}`);
  const installation = await startInstallation({ ...options, folder, onSurprise: onProblem });
  const { servers, linked, networkProblem } = installation;
  say(
    networkProblem === undefined
      ? `links that can be cut: ${linked.join(", ")}`
      : `no links are cut: ${networkProblem}`,
  );
  const plan = planFaults({ ...options, linked });
  say(["The plan:", ...plan.map(describeFault)].join("\n"));

  const opened = await Promise.all(
    ["a", "b"].map((name) => nats(transportOptions(installation.settings)).open(`chaos-${name}`)),
  );
  const [transport, other] = opened as [Transport, Transport];
  const kept = new Map<string, Uint8Array>();
  const clients = [
    await createClient({ transport: notingKept(transport, kept), name: "a" }),
    await createClient({ transport: notingKept(other, kept), name: "b" }),
  ] as const;
  const watch = new RecoveryWatch(transport.events.partitions);
  await watch.start(transport);

  const load = new Load({ clients, random: createRandom(seed + 1) });
  const startedAtMs = Date.now();
  const faults = new FaultRunner({
    plan,
    startedAtMs,
    onProblem,
    monitors: servers.monitors,
    actors: [...servers.actors, ...installation.coordinators, ...installation.workers],
    servers: new Set(servers.actors.map(({ name }) => name)),
    onBegin: ({ kind, target, fromMs }) => {
      if (kind === "kill" && target.startsWith("c")) watch.killed(target);
      const at = ((fromMs - startedAtMs) / 1_000).toFixed(1);
      say(`${at} s: ${kind} ${target} (${load.accepted.size} runs accepted, ${load.ended} ended)`);
    },
  });
  await Promise.all([load.keepUp(startedAtMs + seconds * 1_000), faults.run()]);
  const healedAtMs = Date.now();
  await load.end(SETTLE_MS);
  const endedAtMs = Date.now();
  say(
    `${load.accepted.size} runs accepted, ${load.ended} ended ${((endedAtMs - healedAtMs) / 1_000).toFixed(1)} s later`,
  );
  await watch.stop();

  const violations: Violation[] = problems.map((what) => ({ run: undefined, what }));
  for (const what of load.problems) violations.push({ run: undefined, what });
  for (const { id, work, handle } of load.untold()) {
    const status = await handle.status().catch((error: unknown) => String(error));
    violations.push({ run: id, what: `${work.kind}: has not ended: ${JSON.stringify(status).slice(0, 2_000)}` });
  }
  const left = await leftovers({
    transport,
    monitors: servers.monitors,
    patienceMs: LEFTOVERS_MS,
    runs: load.accepted.keys(),
    runsInHand: () => runsInHand(installation),
  });
  const audited = await audit({ transport, installation, load, kept });
  violations.push(...audited.violations, ...left.violations);

  for (const client of clients) await client.close();
  await Promise.all(
    [...installation.coordinators, ...installation.workers].map(async (one) => {
      if (!(await one.stop())) violations.push({ run: undefined, what: `${one.name} did not stop at the end` });
    }),
  );
  for (const one of opened) await one.close();
  violations.push(...(await readersLeft(servers.monitors, isCluster ? READERS_MS_CLUSTER : READERS_MS)));
  await installation.close();
  violations.push(...complaintsOf(installation.coordinators));

  const evidence = { ...audited, faults: faults.done, startedAtMs };
  say(
    summaryOf({
      ...evidence,
      options,
      installation,
      load,
      left,
      watch,
      faultsLeftOut: faults.leftOut,
      endedAtMs,
      healedAtMs,
      violations,
    }),
  );
  const isRight = violations.length === 0;
  for (const { run, what } of violations.slice(0, VIOLATIONS_SHOWN_MAX)) say(`- violation: ${run ?? ""} ${what}`);
  if (!isRight || options.isKept) say(traceOf(violations, evidence));
  if (isRight && !options.isKept) rmSync(folder, { recursive: true, force: true });
  else {
    for (const one of [...servers.actors, ...installation.coordinators, ...installation.workers]) {
      writeFileSync(join(folder, `${one.name}.log`), one.output);
    }
    say(`What the processes have said, their data and their logs are kept in ${folder}`);
  }
  return isRight;
}

async function runsInHand({ coordinators }: Installation): Promise<ReadonlyMap<string, number>> {
  const stats = await Promise.all(coordinators.map((one) => one.ask<{ runs: number }>()));
  return new Map(coordinators.map(({ name }, i) => [name, stats[i]?.runs ?? 0]));
}

interface AuditedThings {
  readonly transport: Transport;
  readonly installation: Installation;
  readonly load: Load;
  /** What redrives have kept, by the keys of the blobs. */
  readonly kept: ReadonlyMap<string, Uint8Array>;
}

async function audit({ transport, installation, load, kept }: AuditedThings) {
  const log = await readLog(transport);
  const blobs = await neededBlobs(log, transport, kept);
  const folded = new Map<string, FoldedRun>();
  const unfoldable = new Set<string>();
  const violations: Violation[] = [];
  for (const [run, logged] of log) {
    const work = load.accepted.get(run)?.work;
    const graph = work && graphs.get(work.kind);
    const result = graph && foldedRun(graph, logged, blobs);
    if (typeof result === "object") folded.set(run, result);
    else if (result !== undefined) unfoldable.add(run);
    // Coordinators have events of their own in the log. A start that was refused may have been stored all the same.
    const isRun = logged.events.some(({ event }) => event.type === "run.started");
    if (isRun && work === undefined && load.refused.length === 0)
      violations.push({ run, what: "nobody has started it" });
  }
  const outcomes = new Map<string, OutcomeRecord[]>();
  for await (const { value } of transport.bucket("results").entries(">")) {
    const outcome = decodeOutcome(value);
    outcomes.set(outcome.run, [...(outcomes.get(outcome.run) ?? []), outcome]);
  }
  const handOvers = readHandOvers(installation.handOverLog);
  const executions = readExecutions(installation.executionLog);
  const fetchBlob = (key: string) => transport.blobs.get(key);
  const evidence = { accepted: load.accepted, log, folded, unfoldable, outcomes, handOvers, fetchBlob };
  violations.push(...(await wrongRuns(evidence)), ...wrongHandOvers(evidence));
  return { log, folded, unfoldable, handOvers, executions, violations };
}

export type AuditedChaos = Awaited<ReturnType<typeof audit>> & { readonly left: Leftovers };

function say(text: string): void {
  console.log(text);
}
