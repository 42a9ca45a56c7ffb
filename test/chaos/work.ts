import { chain, chord, compile, group, map, mapSettled } from "@arpeggio/core";
import type { AnyCanvas, Canvas, WorkflowGraph } from "@arpeggio/core";
import type { RunOptions } from "@arpeggio/client";
import * as t from "./tasks.mjs";

/** How a run has to end. */
export type Want =
  | { readonly state: "succeeded"; readonly value: unknown }
  | { readonly state: "failed"; readonly code: string }
  /** It may have succeeded before the request came. */
  | { readonly state: "cancelled"; readonly value: unknown };

/** One run to start. */
export interface Work {
  readonly kind: WorkKind;
  readonly canvas: Canvas<unknown, unknown>;
  readonly input: unknown;
  readonly options: RunOptions;
  readonly want: Want;
  /** Two clients start it, with one id, at once. */
  readonly isTwice: boolean;
  /** How long after its start somebody cancels it. */
  readonly cancelAfterMs?: number;
}

const canvases = {
  lone: t.increment,
  chain: chain(t.increment, t.increment, t.flaky, t.increment, t.increment),
  chord: chord(group(Array.from({ length: 20 }, () => t.double)), t.sum),
  map: chain(t.range, map(t.double), t.sum),
  settled: chain(t.range, mapSettled(chain(t.increment, t.moody)), t.countRight),
  blobs: chain(t.inflate, t.invert, t.invert),
  pages: chain(t.texts, map(t.lengthOf), t.sum),
  cancelled: chain(t.increment, group([t.slow, t.slow]), t.sum, t.slow, t.slow, t.slow),
  timeout: chain(t.increment, t.endless),
  broken: chain(t.increment, group([t.broken, t.slow]), t.sum),
  twice: chain(t.increment, group([t.increment, t.double]), t.sum),
} as const;

export type WorkKind = keyof typeof canvases;

/** The graph of a kind, as the coordinators have it. */
export const graphs: ReadonlyMap<WorkKind, WorkflowGraph> = new Map(
  Object.entries(canvases).map(([kind, canvas]) => [kind as WorkKind, compile(canvas as AnyCanvas).graph]),
);

/** How many of 100 runs are of a kind. */
const shares: Readonly<Record<WorkKind, number>> = {
  lone: 20,
  chain: 24,
  chord: 20,
  map: 4,
  settled: 8,
  blobs: 8,
  pages: 4,
  cancelled: 10,
  timeout: 5,
  broken: 5,
  twice: 12,
};

/** The kind at place `at` of 0 to 1. */
export function kindAt(at: number): WorkKind {
  const kinds = Object.entries(shares) as [WorkKind, number][];
  let left = at * kinds.reduce((all, [, share]) => all + share, 0);
  for (const [kind, share] of kinds) {
    left -= share;
    if (left < 0) return kind;
  }
  return "chain";
}

/** Run number `n` of a kind; `random` gives numbers from 0 to 1. */
export function workOf(kind: WorkKind, n: number, random: () => number): Work {
  const base = {
    kind,
    canvas: canvases[kind] as unknown as Canvas<unknown, unknown>,
    input: n as unknown,
    options: {},
    isTwice: false,
  };
  const succeeds = (value: unknown): Want => ({ state: "succeeded", value });
  switch (kind) {
    case "lone":
      return { ...base, want: succeeds(n + 1) };
    case "chain":
      return { ...base, want: succeeds(n + 5) };
    case "chord":
      return { ...base, want: succeeds(n * 40) };
    case "map":
      return { ...base, input: { from: n, count: 1_000 }, want: succeeds(2 * (n * 1_000 + 499_500)) };
    case "settled":
      return { ...base, input: { from: n, count: 50 }, want: succeeds(45) };
    case "blobs": {
      const size = 20_000 + Math.floor(random() * 180_000);
      const bytes = new Uint8Array(size).fill(n % 251);
      return { ...base, input: { n, size }, want: succeeds({ n, bytes }) };
    }
    case "pages":
      return { ...base, input: { n, count: 60 }, want: succeeds(60_000) };
    case "cancelled": {
      const want: Want = { state: "cancelled", value: 2 * n + 7 };
      return { ...base, want, cancelAfterMs: Math.floor(random() * 2_500) };
    }
    case "timeout":
      return { ...base, options: { timeout: "2s" }, want: { state: "failed", code: "RUN_TIMED_OUT" } };
    case "broken":
      return { ...base, want: { state: "failed", code: "TASK_FAILED" } };
    case "twice":
      return { ...base, options: { id: `chosen-${n}` }, isTwice: true, want: succeeds(n + 2 + (n + 1) * 2) };
  }
}
