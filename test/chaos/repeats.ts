import { readFileSync } from "node:fs";
import type { HandOver } from "../crash/recorded-runs.ts";
import type { Life } from "./actor.ts";
import type { DoneFault } from "./fault-runner.ts";

/** One beginning of a handler. */
export interface Execution {
  readonly at: number;
  /** Run, node and attempt. */
  readonly key: string;
  readonly pid: number;
}

export interface RepeatEvidence {
  readonly executions: readonly Execution[];
  readonly handOvers: readonly HandOver[];
  readonly faults: readonly DoneFault[];
  /** The lives of each process, by its name. */
  readonly lives: ReadonlyMap<string, readonly Life[]>;
  readonly servers: ReadonlySet<string>;
}

/** A line cut off by a SIGKILL is not one. */
export function readExecutions(path: string): readonly Execution[] {
  const lines = readFileSync(path, "utf8").split("\n");
  return lines.filter((line) => line.endsWith("}")).map((line) => JSON.parse(line) as Execution);
}

/** How often each cause led to an attempt's handler being begun once more. */
export function repeatsByCause(evidence: RepeatEvidence): ReadonlyMap<string, number> {
  const { executions, handOvers } = evidence;
  const handed = new Map<string, HandOver[]>();
  for (const one of handOvers) {
    const key = `${one.run}/${one.node}/${one.attempt}`; // as in `ctx.idempotencyKey`
    handed.set(key, [...(handed.get(key) ?? []), one]);
  }
  const last = new Map<string, Execution>();
  const counts = new Map<string, number>();
  for (const execution of [...executions].sort((a, b) => a.at - b.at)) {
    const { key } = execution;
    const before = last.get(key);
    last.set(key, execution);
    if (before === undefined) continue;
    const of = handed.get(key) ?? [];
    const isTwice = new Set(of.map(({ message }) => message)).size > 1;
    // A worker may have had it in hand for long before it began it.
    const sinceMs = Math.min(before.at, ...of.map(({ at }) => at));
    const cause = isTwice ? "dispatched twice" : causeOf(evidence, { before, again: execution, sinceMs });
    counts.set(cause, (counts.get(cause) ?? 0) + 1);
  }
  return counts;
}

interface Repeat {
  readonly before: Execution;
  readonly again: Execution;
  readonly sinceMs: number;
}

/** What happened meanwhile and explains the second beginning; what happened to the first worker counts before all else. */
function causeOf({ faults, lives, servers }: RepeatEvidence, { before, again, sinceMs }: Repeat): string {
  const workerOf = ({ pid }: Execution) => [...lives].find(([, of]) => of.some((life) => life.pid === pid))?.[0];
  const during = faults.filter(({ fromMs, toMs }) => fromMs <= again.at && toMs >= sinceMs);
  const happened = (worker: string | undefined, kind: DoneFault["kind"]) =>
    during.some((one) => one.target === worker && one.kind === kind);
  const [first, second] = [workerOf(before), workerOf(again)];
  if (happened(first, "kill")) return "its worker was killed";
  if (happened(first, "freeze")) return "its worker was frozen";
  if (happened(first, "cut")) return "its worker was cut off";
  if (happened(first, "restart")) return "its worker was told to stop";
  if (happened(second, "freeze") || happened(second, "cut")) return "a worker that had been away went on with it";
  const ofServer = during.find(({ target }) => servers.has(target));
  if (ofServer !== undefined) return `a server was away (${ofServer.kind})`;
  return "not explained";
}
