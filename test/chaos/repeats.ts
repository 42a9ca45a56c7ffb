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
  const messages = new Map<string, Set<string>>();
  for (const { run, node, attempt, message } of handOvers) {
    const key = `${run}/${node}/${attempt}`; // as in `ctx.idempotencyKey`
    messages.set(key, (messages.get(key) ?? new Set()).add(message));
  }
  const last = new Map<string, Execution>();
  const counts = new Map<string, number>();
  for (const execution of [...executions].sort((a, b) => a.at - b.at)) {
    const before = last.get(execution.key);
    last.set(execution.key, execution);
    if (before === undefined) continue;
    const isTwice = (messages.get(execution.key)?.size ?? 0) > 1;
    const cause = isTwice ? "dispatched twice" : causeOf(evidence, before, execution);
    counts.set(cause, (counts.get(cause) ?? 0) + 1);
  }
  return counts;
}

/** What happened between two beginnings that explains the second, the nearest explanation first. */
function causeOf({ faults, lives, servers }: RepeatEvidence, before: Execution, again: Execution): string {
  const worker = [...lives].find(([, of]) => of.some(({ pid }) => pid === before.pid))?.[0] ?? "";
  const during = faults.filter(({ fromMs, toMs }) => fromMs <= again.at && toMs >= before.at);
  const ofWorker = (kind: DoneFault["kind"]) => during.some((one) => one.target === worker && one.kind === kind);
  if (ofWorker("kill")) return "its worker was killed";
  if (ofWorker("freeze")) return "its worker was frozen";
  if (ofWorker("cut")) return "its worker was cut off";
  if (ofWorker("restart")) return "its worker was told to stop";
  const ofServer = during.find(({ target }) => servers.has(target));
  if (ofServer !== undefined) return `a server was away (${ofServer.kind})`;
  return "not explained";
}
