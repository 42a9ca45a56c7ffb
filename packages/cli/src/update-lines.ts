import type { NodeStatus, RunStatus, RunUpdate } from "arpeggio";

/** An update as plain lines. */
export function updateLines(update: RunUpdate): readonly string[] {
  switch (update.type) {
    case "snapshot":
      return [...missedLines(update.missed), ...statusLines(update.status)];
    case "node": {
      const attempt = update.attempt > 1 ? ` (attempt ${update.attempt})` : "";
      const message = update.message === undefined ? "" : `: ${update.message}`;
      return [`${update.node} ${update.state}${attempt}${message}`];
    }
    case "progress":
      return [`${update.node} ${update.done}${update.total === undefined ? "" : `/${update.total}`}`];
    case "log":
      return [`${update.node} | ${update.message}${update.data === undefined ? "" : ` ${resultText(update.data, 0)}`}`];
    case "ended":
      return [
        `${update.state}${update.failure === undefined ? "" : `: ${update.failure.code} ${update.failure.message}`}`,
      ];
  }
}

function missedLines(missed = 0): readonly string[] {
  return missed === 0 ? [] : [`… ${missed} updates came faster than they were read, and were dropped`];
}

/** A result as JSON. What JSON lacks gets the nearest thing: base64 for bytes, digits for bigint. */
export function resultText(value: unknown, indent = 2): string {
  return JSON.stringify(value, replaced, indent) ?? "null";
}

// JSON.stringify calls toJSON before the replacer, so that a date comes in as its text; bytes have none.
function replaced(_key: string, value: unknown): unknown {
  if (typeof value === "bigint") return String(value);
  if (value instanceof Uint8Array)
    return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("base64");
  return value;
}

/** What a run waits for, its nodes in lines of their own; of one that has ended, what its nodes came to. */
export function statusLines(status: RunStatus): readonly string[] {
  const { state, counts, nodes, waitsFor, paused, endedAtMs } = status;
  const numbers = Object.entries(counts).map(([name, count]) => `${count} ${name}`);
  const lines = [
    `${state}${paused === undefined ? "" : ` (paused: ${paused})`}${numbers.length === 0 ? "" : `: ${numbers.join(", ")}`}${waitsFor === undefined ? "" : `; ${waitsFor}`}`,
  ];
  for (const node of nodes)
    if (node.waitsFor !== undefined) lines.push(`  ${node.node} ${node.state}: ${node.waitsFor}`);
  return endedAtMs === undefined ? lines : [...lines, ...endedLines(status)];
}

function endedLines({ nodes, nodesGone, counts }: RunStatus): readonly string[] {
  if (nodesGone !== undefined) return [`  what its nodes did is not known: ${nodesGone}`];
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
  const lines = nodes.map(endedLine);
  return nodes.length === 0 || nodes.length >= total
    ? lines
    : [...lines, `  … and ${total - nodes.length} more: see --nodes`];
}

function endedLine({ node, state, attempt, releasedAtMs, endedAtMs }: NodeStatus): string {
  const tries = attempt > 1 ? `, attempt ${attempt}` : "";
  const took = releasedAtMs === undefined || endedAtMs === undefined ? "" : `, ${endedAtMs - releasedAtMs} ms`;
  return `  ${node} ${state}${tries}${took}`;
}
