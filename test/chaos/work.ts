import { chain, chord, compile, group, jsonSchema, map, mapSettled, signal, sleep } from "@arpeggio/core";
import type { AnyCanvas, Canvas, WorkflowGraph } from "@arpeggio/core";
import type { RunOptions } from "@arpeggio/client";
import type { Deed } from "./deeds.ts";
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
  /** What somebody does to it meanwhile, one after another. */
  readonly deeds: readonly Deed[];
  /** What comes of it when it is redriven after a bad end. */
  readonly redriven?: RedrivenWork;
}

export interface RedrivenWork {
  readonly value: unknown;
  /** The paths of what must not run again, where the first run leaves no doubt about it. */
  readonly kept?: readonly string[];
}

const go = signal("go", jsonSchema<number>({ type: "number" }));

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
  delayed: chain(t.increment, t.increment.with({ delay: "700ms" }), sleep<number>("300ms"), t.increment),
  // Both wait for the same name: a signal that counts twice takes the place of another one, which shows in the sum.
  signalled: chain(t.increment, group([t.increment, go]), t.sum, group([t.increment, go]), t.sum),
  paused: chain(t.range, map(t.double, { concurrency: 4 }), t.sum, t.increment),
  refused: chain(t.increment, group([t.double, t.increment]), t.sum, t.refuse, t.increment),
  picky: chain(t.range, map(chain(t.increment, t.refuseTens)), t.sum),
} as const;

export type WorkKind = keyof typeof canvases;

/** The graph of a kind, as the coordinators have it. */
export const graphs: ReadonlyMap<WorkKind, WorkflowGraph> = new Map(
  Object.entries(canvases).map(([kind, canvas]) => [kind as WorkKind, compile(canvas as AnyCanvas).graph]),
);

/** How often a kind comes, beside the others. */
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
  delayed: 8,
  signalled: 12,
  paused: 8,
  refused: 10,
  picky: 4,
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
    deeds: [],
  };
  const upTo = (ms: number) => Math.floor(random() * ms);
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
      const size = 20_000 + upTo(180_000);
      const bytes = new Uint8Array(size).fill(n % 251);
      return { ...base, input: { n, size }, want: succeeds({ n, bytes }) };
    }
    case "pages":
      return { ...base, input: { n, count: 60 }, want: succeeds(60_000) };
    case "cancelled": {
      const want: Want = { state: "cancelled", value: 2 * n + 7 };
      const deeds: readonly Deed[] = [{ what: "cancel", afterMs: upTo(2_500) }];
      // Every other one is left as it is.
      return n % 2 === 0 ? { ...base, want, deeds } : { ...base, want, deeds, redriven: { value: 2 * n + 7 } };
    }
    case "timeout":
      return { ...base, options: { timeout: "2s" }, want: { state: "failed", code: "RUN_TIMED_OUT" } };
    case "broken":
      return { ...base, want: { state: "failed", code: "TASK_FAILED" } };
    case "twice":
      return { ...base, options: { id: `chosen-${n}` }, isTwice: true, want: succeeds(n + 2 + (n + 1) * 2) };
    case "delayed":
      return { ...base, want: succeeds(n + 3) };
    case "signalled": {
      const signals = [1_000 + upTo(1_000), 10_000 + upTo(1_000)] as const;
      const deeds = signals.map((value): Deed => ({ what: "signal", afterMs: upTo(1_500), name: "go", value }));
      return { ...base, deeds, want: succeeds(n + 3 + signals[0] + signals[1]) };
    }
    case "paused": {
      const deeds: readonly Deed[] = [
        { what: "pause", afterMs: upTo(600) },
        { what: "resume", afterMs: 200 + upTo(1_800) },
      ];
      return { ...base, deeds, input: { from: n, count: 200 }, want: succeeds(2 * (n * 200 + 19_900) + 1) };
    }
    case "refused": {
      const kept = ["chaos.increment", "chaos.double", "chaos.increment~2", "chaos.sum"];
      return { ...base, want: { state: "failed", code: "TASK_FAILED" }, redriven: { value: 3 * n + 5, kept } };
    }
    case "picky": {
      const want: Want = { state: "failed", code: "TASK_FAILED" };
      return { ...base, input: { from: n, count: 30 }, want, redriven: { value: n * 30 + 435 + 30 } };
    }
  }
}
