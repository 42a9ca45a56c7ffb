import { isDeepStrictEqual } from "node:util";
import type { ReplayedNode } from "@arpeggio/coordinator";
import { blobReferenceOf, decodeKept, decodePayload } from "@arpeggio/core";
import type { AttemptSucceeded, Payload, RunStarted } from "@arpeggio/core";

/** What has to be known of runs. */
export interface RunRecords {
  /** The nodes of a run as the log has them by now. */
  readonly nodes: (run: string) => readonly ReplayedNode[];
  /** The paths of all that a node of a run lies in, the outermost first and its own last. */
  readonly placesOf: (run: string, node: number) => readonly string[];
  readonly blob: (key: string) => Uint8Array | undefined;
  readonly loaded: (payload: Payload) => Promise<unknown>;
}

const UNDO = "!undo";

interface TakenOver {
  readonly run: string;
  readonly node: string;
  readonly here: Payload;
  readonly there: Payload;
}

/**
 * Holds what redrives take over against the log of the runs that they go on with: only what had succeeded there and was not undone,
 * with the result that it had, and none of it is executed again.
 */
export class RedriveAudit {
  readonly #records: RunRecords;
  readonly #onWrong: (what: string) => void;
  /** Results by run and path: those of tasks, and those that were taken over. */
  readonly #results = new Map<string, Map<string, Payload>>();
  /** Paths that were taken over, by run. */
  readonly #kept = new Map<string, ReadonlySet<string>>();
  #unchecked: TakenOver[] = [];

  constructor(records: RunRecords, onWrong: (what: string) => void) {
    this.#records = records;
    this.#onWrong = onWrong;
  }

  /** An attempt has succeeded, and the log is folded so far: the first one that its node takes is the node's result. */
  succeeded({ run, node: number, attempt, result }: AttemptSucceeded): void {
    const node = this.#records.nodes(run)[number];
    if (node?.state !== "succeeded" || node.attempt !== attempt) return;
    const results = this.#resultsOf(run);
    if (!results.has(node.path)) results.set(node.path, result);
  }

  started({ run, redriveOf, kept: key }: RunStarted): void {
    if (redriveOf === undefined || key === undefined) return;
    const blob = this.#records.blob(key);
    if (blob === undefined) return this.#onWrong(`${run} begins without what it is to keep`);
    const kept = decodeKept(blob);
    this.#kept.set(run, new Set(kept.map(({ node }) => node)));
    const results = this.#resultsOf(run);
    const before = this.#records.nodes(redriveOf);
    const states = new Map(before.map(({ path, state }) => [path, state]));
    const undone = this.#undoneIn(redriveOf, before);
    for (const { node, value } of kept) {
      const state = states.get(node);
      // Items and branches are no nodes.
      if (state !== undefined && state !== "succeeded") this.#onWrong(`${run} keeps ${node}, which was ${state}`);
      if (undone.has(node)) this.#onWrong(`${run} keeps ${node}, which was undone`);
      if (value === undefined) continue;
      if (isOthers(value, run)) this.#onWrong(`${run} keeps ${node} in a blob of another run`);
      results.set(node, value);
      const there = this.#resultsOf(redriveOf).get(node);
      if (there !== undefined) this.#unchecked.push({ run, node, here: value, there });
    }
  }

  /** A node, by its number, is executed. */
  executed(run: string, node: number): void {
    const kept = this.#kept.get(run);
    if (kept === undefined) return;
    const places = this.#records.placesOf(run, node);
    for (const place of places)
      // What undoes a kept scope belongs to the new run.
      if (kept.has(place) && !places.includes(`${place}${UNDO}`))
        this.#onWrong(`${run}: ${places.at(-1)} is executed although ${place} was taken over`);
  }

  /** What has to be waited for. */
  async check(): Promise<void> {
    const unchecked = this.#unchecked;
    this.#unchecked = [];
    for (const { run, node, here, there } of unchecked) {
      const { loaded } = this.#records;
      if (!isDeepStrictEqual(await loaded(here), await loaded(there)))
        this.#onWrong(`${run} keeps another result of ${node} than it had`);
    }
  }

  /** The paths of scopes of a run that were undone, or begun to be, and of all in them. */
  #undoneIn(run: string, nodes: readonly ReplayedNode[]): ReadonlySet<string> {
    const places = nodes.map((_, node) => this.#records.placesOf(run, node));
    const scopes = new Set<string>();
    for (const [node, { state }] of nodes.entries())
      if (state !== "blocked" && state !== "skipped")
        for (const place of places[node] ?? []) if (place.endsWith(UNDO)) scopes.add(place.slice(0, -UNDO.length));
    const undone = new Set<string>();
    for (const all of places) {
      const from = all.findIndex((place) => scopes.has(place));
      // What undoes a scope is not in what it undoes.
      if (from >= 0 && !all.includes(`${all[from]}${UNDO}`)) for (const place of all.slice(from)) undone.add(place);
    }
    return undone;
  }

  #resultsOf(run: string): Map<string, Payload> {
    const results = this.#results.get(run) ?? new Map<string, Payload>();
    this.#results.set(run, results);
    return results;
  }
}

/** Whether a value lies in blobs that go with another run. */
function isOthers(value: Payload, run: string): boolean {
  const key = blobReferenceOf(value)?.key;
  if (key !== undefined) return !key.startsWith(`${run}/`);
  try {
    decodePayload(value);
    return false;
  } catch {
    return true;
  }
}
