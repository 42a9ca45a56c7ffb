import { isDeepStrictEqual } from "node:util";
import { loadPayload } from "@arpeggio/core";
import type { OutcomeRecord } from "@arpeggio/core";
import type { HandOver, LoggedRun } from "../crash/recorded-runs.ts";
import type { FoldedRun } from "./folded-log.ts";
import type { AcceptedRun, Told } from "./load.ts";
import { graphs } from "./work.ts";
import type { Want } from "./work.ts";

/** What must not be, and the run that it is about. */
export interface Violation {
  readonly run: string | undefined;
  readonly what: string;
}

export interface Evidence {
  readonly accepted: ReadonlyMap<string, AcceptedRun>;
  readonly log: ReadonlyMap<string, LoggedRun>;
  readonly folded: ReadonlyMap<string, FoldedRun>;
  /** Runs that cannot be folded again, as blobs that they need were removed after their end. */
  readonly unfoldable: ReadonlySet<string>;
  /** What the bucket has, by run. */
  readonly outcomes: ReadonlyMap<string, readonly OutcomeRecord[]>;
  readonly handOvers: readonly HandOver[];
  readonly fetchBlob: (key: string) => Promise<Uint8Array>;
}

/** Every accepted run against what it had to come to, by what the client was told, the bucket has, and the log says. */
export async function wrongRuns(evidence: Evidence): Promise<Violation[]> {
  const found: Violation[] = [];
  for (const [run, { work, told }] of evidence.accepted) {
    const wrong = (what: string) => found.push({ run, what: `${work.kind}: ${what}` });
    const stored = evidence.outcomes.get(run) ?? [];
    if (stored.length !== 1) wrong(`${stored.length} outcomes are stored`);
    for (const outcome of stored) {
      const value = outcome.value && (await loadPayload(outcome.value, evidence.fetchBlob));
      const problem = problemOf(work.want, { state: outcome.state, code: outcome.failure?.code, value });
      if (problem !== undefined) wrong(`the stored outcome ${problem}`);
    }
    if (told.length === 0) wrong("nobody was told its end");
    for (const one of told) {
      const problem = problemOf(work.want, endOf(one));
      if (problem !== undefined) wrong(`what its client was told ${problem}`);
    }
    const folded = evidence.folded.get(run);
    if (folded === undefined && !evidence.unfoldable.has(run)) wrong("the log does not have its start");
    if (folded !== undefined) {
      const value = folded.value && (await loadPayload(folded.value, evidence.fetchBlob));
      const problem = problemOf(work.want, { state: folded.life, code: folded.failureCode, value });
      if (problem !== undefined) wrong(`its log, folded again, ${problem}`);
      for (const what of folded.violations) wrong(what);
    }
  }
  return found;
}

interface End {
  readonly state: string;
  readonly code: string | undefined;
  readonly value: unknown;
}

/** In words that go on after "the outcome". */
function problemOf(want: Want, { state, code, value }: End): string | undefined {
  if (want.state === "failed") {
    return state === "failed" && code === want.code ? undefined : `is ${state} ${code ?? ""} and not ${want.code}`;
  }
  if (want.state === "cancelled" && state === "cancelled") return undefined;
  if (state !== "succeeded") return `is ${state} (${code})`;
  return isDeepStrictEqual(bare(value), bare(want.value))
    ? undefined
    : `has the value ${JSON.stringify(value).slice(0, 100)}`;
}

/** A Buffer and a Uint8Array of the same bytes are the same value. */
function bare(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, bare(part)]));
}

function endOf(told: Told): End {
  if (told.ok) return { state: "succeeded", code: undefined, value: told.value };
  const { code, failure } = told.error as { code?: string; failure?: { code: string } };
  if (code === "RUN_CANCELLED") return { state: "cancelled", code, value: undefined };
  return {
    state: code === "RUN_FAILED" ? "failed" : String(told.error),
    code: failure?.code ?? code,
    value: undefined,
  };
}

/**
 * No attempt may be handed to a worker before the log has what it needs and its delay is over, or under two messages, or in
 * a redrive that has its result from before.
 */
export function wrongHandOvers({ accepted, log, folded, unfoldable, handOvers }: Evidence): Violation[] {
  const found: Violation[] = [];
  const messages = new Map<string, { run: string; ids: Set<string> }>();
  for (const { run, node, attempt, message, at } of handOvers) {
    const key = `${run}:${node}:${attempt}`;
    const known = messages.get(key) ?? { run, ids: new Set() };
    messages.set(key, known);
    known.ids.add(message);
    const releasedAtMs = folded.get(run)?.dispatchedAtMs.get(`${node}:${attempt}`);
    // A start that was answered with an error may have been stored all the same; nothing is expected of such a run.
    if (unfoldable.has(run) || !accepted.has(run)) continue;
    if (releasedAtMs === undefined)
      found.push({ run, what: `attempt ${key} was begun, and nothing in the log led to it` });
    else if (Math.floor(releasedAtMs) > at) found.push({ run, what: `attempt ${key} was begun before what led to it` });
    const path = folded.get(run)?.pathOf(node);
    const { work, kept } = accepted.get(run) as AcceptedRun;
    if (path !== undefined && kept?.some((one) => isWithin(path, one)) === true)
      found.push({ run, what: `attempt ${key} was begun, though the run before has done ${path}` });
    // Without the fold, as far as the numbers of nodes are those of the graph. What is kept has no outcome of its own.
    for (const { need, delayMs } of kept === undefined ? needsOf(work.kind, node) : []) {
      const first = log
        .get(run)
        ?.outcomes.get(need)
        ?.find(({ type }) => type === "attempt.succeeded");
      if (first === undefined || Math.floor(first.atMs) > at)
        found.push({ run, what: `attempt ${key} was begun before node ${need} was done` });
      else if (Math.floor(first.atMs + delayMs) > at)
        found.push({ run, what: `attempt ${key} was begun less than ${delayMs} ms after node ${need}` });
    }
  }
  for (const [key, { run, ids }] of messages) {
    if (ids.size > 1) found.push({ run, what: `attempt ${key} was dispatched ${ids.size} times` });
  }
  return found;
}

/** Whether a path is this node's, or that of one inside of it. */
function isWithin(path: string, node: string): boolean {
  return path === node || (path.startsWith(node) && /^[[./!]/.test(path.slice(node.length)));
}

interface Need {
  /** Its number. */
  readonly need: number;
  /** How long the one that needs it waits after that. */
  readonly delayMs: number;
}

/** What a node of the graph's first level needs, as far as that has a result of its own in the log, which a map has not. */
function needsOf(kind: AcceptedRun["work"]["kind"], node: number): Need[] {
  const nodes = graphs.get(kind)?.nodes ?? [];
  const { needs = [], timing } = nodes[node] ?? {};
  return needs
    .map((need) => ({ need: nodes.findIndex(({ id }) => id === need), delayMs: timing?.delayMs ?? 0 }))
    .filter(({ need }) => nodes[need]?.kind === "task");
}
