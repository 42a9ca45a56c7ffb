import type { HandOver } from "../crash/recorded-runs.ts";
import type { Violation } from "./audit.ts";
import { COMPLAINED } from "./complaints.ts";
import type { ChaosOptions } from "./command-line.ts";
import type { DoneFault } from "./fault-runner.ts";
import type { FoldedRun } from "./folded-log.ts";
import type { Installation } from "./installation.ts";
import type { Leftovers } from "./leftovers.ts";
import type { Load } from "./load.ts";
import { isDisturbed } from "./recovery.ts";
import type { Recovery, RecoveryWatch } from "./recovery.ts";
import { repeatsByCause } from "./repeats.ts";
import type { Execution } from "./repeats.ts";
import { faultCounts, tableOf } from "./report.ts";
import { ackWaitMs, leaseMs } from "./settings.mjs";
import { graphs } from "./work.ts";

export interface SummaryEvidence {
  readonly options: ChaosOptions;
  readonly installation: Installation;
  readonly load: Load;
  readonly left: Leftovers;
  readonly watch: RecoveryWatch;
  readonly folded: ReadonlyMap<string, FoldedRun>;
  readonly unfoldable: ReadonlySet<string>;
  readonly faults: readonly DoneFault[];
  readonly faultsLeftOut: number;
  readonly handOvers: readonly HandOver[];
  readonly executions: readonly Execution[];
  readonly startedAtMs: number;
  readonly healedAtMs: number;
  readonly endedAtMs: number;
  readonly violations: readonly Violation[];
}

/** Everything that was counted, as a table. */
export function summaryOf(evidence: SummaryEvidence): string {
  const { installation, load, left, faults, handOvers, executions, violations, options, faultsLeftOut } = evidence;
  const { servers, coordinators, workers } = installation;
  const nodes = [...evidence.folded.values()].reduce((all, run) => all + run.nodes, 0);
  const lives = new Map([...coordinators, ...workers].map((one) => [one.name, one.lives]));
  const names = new Set(servers.actors.map(({ name }) => name));
  const repeats = [...repeatsByCause({ executions, handOvers, faults, lives, servers: names })];
  const repeated = repeats.reduce((all, [, count]) => all + count, 0);
  const vain = [...coordinators, ...workers].reduce((all, one) => all + one.vainStarts, 0);
  return tableOf([
    [
      "nats-server",
      `${servers.version}, ${names.size === 1 ? "one" : `${names.size} with three copies of everything`}`,
    ],
    ["lease, ack wait", `${leaseMs / 1_000} s, ${ackWaitMs / 1_000} s`],
    [
      "load and faults, then quiet until all had ended",
      `${options.seconds} s, ${secondsOf(evidence.endedAtMs - evidence.healedAtMs)}`,
    ],
    ["runs accepted, ended", `${load.accepted.size}, ${load.ended}`],
    ["of these", kindsOf(load)],
    ["redriven, with results kept of the run before", redrivesOf(load)],
    ["starts answered with an error", load.refused.length],
    ["nodes", nodes],
    ["runs not folded again, as blobs of theirs have been removed", evidence.unfoldable.size],
    ["faults of coordinators", faultCounts(faults, (name) => name.startsWith("c"))],
    ["faults of workers", faultCounts(faults, (name) => name.startsWith("w"))],
    ["faults of servers", faultCounts(faults, (name) => name.startsWith("n"))],
    ["faults left out, as their target was away", faultsLeftOut],
    ["starts of processes that found no server", vain],
    ["hand-overs, executions", `${handOvers.length}, ${executions.length}`],
    ["executions repeated", repeated],
    ...repeats.sort(([, a], [, b]) => b - a).map(([cause, count]) => [`- ${cause}`, count] as const),
    ["attempts dispatched twice", violations.filter(({ what }) => /was dispatched \d+ times/.test(what)).length],
    ["attempts begun after the end of their run", begunLate(evidence)],
    ["complaints of coordinators", violations.filter(({ what }) => what.includes(COMPLAINED)).length],
    ...recoveryRows(evidence),
    ["left: attempts, checkpoints, blobs within retention", `${left.attempts}, ${left.checkpoints}, ${left.blobs}`],
    ["violations", violations.length],
  ]);
}

function redrivesOf(load: Load): string {
  const redrives = [...load.accepted.values()].flatMap(({ kept }) => (kept === undefined ? [] : [kept.length]));
  return `${redrives.length}, ${redrives.reduce((all, count) => all + count, 0)}`;
}

function kindsOf(load: Load): string {
  const counts = new Map<string, number>([...graphs.keys()].map((kind) => [kind, 0]));
  for (const { work } of load.accepted.values()) counts.set(work.kind, (counts.get(work.kind) ?? 0) + 1);
  return [...counts].map(([kind, count]) => `${kind} ${count}`).join(", ");
}

/** A worker that missed the notice may begin one that it had in hand; what it reports changes nothing. */
function begunLate({ executions, folded }: SummaryEvidence): number {
  return executions.filter(({ key, at }) => {
    const endedAtMs = folded.get(key.slice(0, key.indexOf("/")))?.endedAtMs ?? Infinity;
    return at > endedAtMs + 100;
  }).length;
}

function recoveryRows(evidence: SummaryEvidence): [string, string][] {
  const { watch, faults, endedAtMs } = evidence;
  const all = watch.recoveries();
  const alone = all.filter((one) => !isDisturbed(one, faults, endedAtMs));
  const goalMs = leaseMs + 2_000;
  const met = alone.filter(({ tookMs }) => tookMs !== undefined && tookMs <= goalMs).length;
  return [
    ["partitions whose coordinator was killed", String(all.length)],
    ["- recovery, nothing else being wrong", spread(alone)],
    [`- of these within the goal of ${secondsOf(goalMs)}`, `${met} of ${alone.length}`],
    ["- recovery while other coordinators or servers failed", spread(all.filter((one) => !alone.includes(one)))],
  ];
}

function spread(recoveries: readonly Recovery[]): string {
  const took = recoveries.flatMap(({ tookMs }) => (tookMs === undefined ? [] : [tookMs])).sort((a, b) => a - b);
  const [least, most] = [took[0], took.at(-1)];
  if (least === undefined || most === undefined) return "none seen";
  const middle = took[Math.floor(took.length / 2)] as number;
  return `${secondsOf(least)} to ${secondsOf(most)}, median ${secondsOf(middle)}`;
}

function secondsOf(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}
