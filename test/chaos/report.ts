import type { Violation } from "./audit.ts";
import type { DoneFault } from "./fault-runner.ts";
import { describeEvent } from "./folded-log.ts";
import type { HandOver, LoggedRun } from "../crash/recorded-runs.ts";
import type { Execution } from "./repeats.ts";

/** A table of two columns in Markdown. */
export function tableOf(rows: readonly (readonly [what: string, value: string | number])[]): string {
  const shown = rows.map(
    ([what, value]) => [what, typeof value === "number" ? value.toLocaleString("en-US") : value] as const,
  );
  const widths = [0, 1].map((column) => Math.max(...shown.map((row) => (row[column] as string).length)));
  const line = (row: readonly [string, string]) =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] as number)).join(" | ")} |`;
  return [line(["", ""]), `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`, ...shown.map(line)].join("\n");
}

/** `kill 3, freeze 1` and so on, for the processes that `of` takes. */
export function faultCounts(faults: readonly DoneFault[], of: (name: string) => boolean): string {
  const counts = new Map<string, number>();
  for (const { kind, target } of faults) if (of(target)) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return [...counts].map(([kind, count]) => `${kind} ${count}`).join(", ") || "none";
}

export interface TraceEvidence {
  readonly startedAtMs: number;
  readonly faults: readonly DoneFault[];
  readonly log: ReadonlyMap<string, LoggedRun>;
  readonly handOvers: readonly HandOver[];
  readonly executions: readonly Execution[];
}

/** How much of a run with thousands of events is shown, from each end. */
const LINES_MAX = 60;

/** What a person needs to find out about violations: what was done when, and all that is known of the first runs. */
export function traceOf(violations: readonly Violation[], evidence: TraceEvidence): string {
  const { startedAtMs, faults } = evidence;
  const at = (ms: number) => `${((ms - startedAtMs) / 1_000).toFixed(3).padStart(9)} s`;
  const runs = [...new Set(violations.flatMap(({ run }) => (run === undefined ? [] : [run])))].slice(0, 3);
  const done = faults.map(({ kind, target, fromMs, toMs }) => `${at(fromMs)} to ${at(toMs)}  ${kind} ${target}`);
  return ["What was done:", ...done, ...runs.flatMap((run) => ["", `Run ${run}:`, ...linesOf(run, evidence, at)])].join(
    "\n",
  );
}

function linesOf(run: string, { log, handOvers, executions }: TraceEvidence, at: (ms: number) => string): string[] {
  const lines: (readonly [ms: number, text: string])[] = [];
  for (const { event, atMs } of log.get(run)?.events ?? []) lines.push([atMs, describeEvent(event)]);
  for (const one of handOvers) {
    if (one.run === run)
      lines.push([one.at, `handed over ${one.node}:${one.attempt} as message ${one.message} to ${one.pid}`]);
  }
  for (const one of executions) if (one.key.startsWith(run)) lines.push([one.at, `begun ${one.key} by ${one.pid}`]);
  const shown = lines.sort((a, b) => a[0] - b[0]).map(([ms, text]) => `${at(ms)}  ${text}`);
  if (shown.length <= 2 * LINES_MAX) return shown;
  return [
    ...shown.slice(0, LINES_MAX),
    `          … ${shown.length - 2 * LINES_MAX} more …`,
    ...shown.slice(-LINES_MAX),
  ];
}
