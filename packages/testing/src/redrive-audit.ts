import { isDeepStrictEqual } from "node:util";
import type { ReplayedNode, ReplayedRun } from "@arpeggio/coordinator";
import { blobReferenceOf, decodeKept, decodePayload } from "@arpeggio/core";
import type { AttemptSucceeded, NodeState, Payload, RunStarted } from "@arpeggio/core";
import { RunAgain } from "./run-again.ts";

/** What has to be known of runs. */
export interface RunRecords {
  readonly run: (id: string) => ReplayedRun | undefined;
  readonly hasLost: (run: string) => boolean;
  /** The nodes of a run as the log has them by now. */
  readonly nodes: (run: string) => readonly ReplayedNode[];
  /** The paths of all that a node of a run lies in, the outermost first and its own last. */
  readonly placesOf: (run: string, node: number) => readonly string[];
  readonly blob: (key: string) => Uint8Array | undefined;
  readonly loaded: (payload: Payload) => Promise<unknown>;
}

const UNDO = "!undo";
const FINALLY = "!finally";
const UNBEGUN: ReadonlySet<NodeState> = new Set(["blocked", "skipped"]);

interface TakenOver {
  readonly run: string;
  readonly node: string;
  readonly here: Payload;
  readonly there: Payload;
}

/**
 * Holds what redrives take over against the log of the runs that they go on with: only what had succeeded there and was not undone,
 * with the result that it had, nothing that had to run again, everything that nothing keeps from it, and none of it is executed again.
 */
export class RedriveAudit {
  readonly #records: RunRecords;
  readonly #onWrong: (what: string) => void;
  /** Results by run and path: those of tasks, and those that were taken over. */
  readonly #results = new Map<string, Map<string, Payload>>();
  /** Paths that were taken over, by run. */
  readonly #kept = new Map<string, ReadonlySet<string>>();
  #unchecked: TakenOver[] = [];
  /** From where on runs were asked to run again, by the new run: undefined for what is missing alone. */
  readonly #asked = new Map<string, Set<string | undefined>>();
  /** By the new run: the one that it goes on with. */
  readonly #before = new Map<string, string>();

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

  /** Somebody has asked for a redrive, or is about to: of several requests for one id only one counts, and nobody knows which. */
  asked(run: string, from: string | undefined): void {
    const asked = this.#asked.get(run) ?? new Set();
    this.#asked.set(run, asked.add(from));
  }

  started({ run, redriveOf, kept: key }: RunStarted): void {
    if (redriveOf === undefined || key === undefined || this.#kept.has(run)) return;
    this.#before.set(run, redriveOf);
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
    for (const run of this.#before.keys()) this.#checkFrom(run);
  }

  /** Where several were asked for, what is kept has to be right for one of them. */
  #checkFrom(run: string): void {
    const { hasLost } = this.#records;
    const before = this.#records.run(this.#before.get(run) ?? "");
    if (before === undefined || hasLost(before.id) || hasLost(run)) return;
    const found = [...(this.#asked.get(run) ?? [])].map((from) => this.#wrongFrom(run, before, from));
    if (found.every((wrong) => wrong !== undefined)) for (const wrong of found) this.#onWrong(wrong);
  }

  #wrongFrom(run: string, before: ReplayedRun, from: string | undefined): string | undefined {
    const kept = this.#kept.get(run) ?? new Set<string>();
    const again = new RunAgain(before, from ?? "");
    const nodes = before.nodes();
    const places = new Map(
      nodes.flatMap((_, node) => before.placesOf(node).map((place, i, all) => [place, all.slice(0, i + 1)] as const)),
    );
    for (const path of kept)
      if (again.has(places.get(path) ?? [path])) return `${run} keeps ${path}, and was asked to run again from ${from}`;
    // What was undone, or had a last part to run when it was cut off, leaves nothing.
    const isLate = [...places.keys()].some((place) => place.endsWith(UNDO) || place.endsWith(FINALLY));
    if (isLate || this.#records.run(run)?.graph !== before.graph) return undefined;
    // What somebody has begun with may have been let go, and what lies in a blob may be gone.
    const begun = new Set(nodes.filter(({ state }) => !UNBEGUN.has(state)).map(({ path }) => path));
    for (const [number, { path, kind, state }] of nodes.entries()) {
      const isAlone = kind === "task" && state === "succeeded" && before.placesOf(number).length === 1;
      if (!isAlone || kept.has(path) || again.has([path]) || !this.#isInline(before.id, path)) continue;
      if ([...again.after(path)].every((one) => kept.has(one) || !begun.has(one)))
        return `${run} runs ${path} again, and nothing asks for it`;
    }
    return undefined;
  }

  #isInline(run: string, path: string): boolean {
    const result = this.#results.get(run)?.get(path);
    return result !== undefined && !isOthers(result, "");
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
