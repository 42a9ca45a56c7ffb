import { isDeepStrictEqual } from "node:util";
import type { ReplayedNode } from "@arpeggio/coordinator";
import { blobReferenceOf, decodeKept, decodePayload } from "@arpeggio/core";
import type { AttemptSucceeded, Payload, RunStarted } from "@arpeggio/core";

/** What has to be known of runs. */
export interface RunRecords {
  /** The nodes of a run as the log has them by now. */
  readonly nodes: (run: string) => readonly ReplayedNode[];
  readonly blob: (key: string) => Uint8Array | undefined;
  readonly loaded: (payload: Payload) => Promise<unknown>;
}

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
  readonly #kept = new Map<string, readonly string[]>();
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
    this.#kept.set(
      run,
      kept.map(({ node }) => node),
    );
    const results = this.#resultsOf(run);
    const before = this.#records.nodes(redriveOf);
    const states = new Map(before.map(({ path, state }) => [path, state]));
    for (const { node, value } of kept) {
      const state = states.get(node);
      // Items and branches are no nodes.
      if (state !== undefined && state !== "succeeded") this.#onWrong(`${run} keeps ${node}, which was ${state}`);
      if (before.some((one) => isUndoing(one, node))) this.#onWrong(`${run} keeps ${node}, which was undone`);
      if (value === undefined) continue;
      if (isOthers(value, run)) this.#onWrong(`${run} keeps ${node} in a blob of another run`);
      results.set(node, value);
      const there = this.#resultsOf(redriveOf).get(node);
      if (there !== undefined) this.#unchecked.push({ run, node, here: value, there });
    }
  }

  executed(run: string, path: string): void {
    // What undoes a kept scope belongs to the new run.
    const kept = this.#kept.get(run)?.find((node) => isWithin(path, node) && !path.startsWith(`${node}!undo`));
    if (kept !== undefined) this.#onWrong(`${run}: ${path} is executed although ${kept} was taken over`);
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

  #resultsOf(run: string): Map<string, Payload> {
    const results = this.#results.get(run) ?? new Map<string, Payload>();
    this.#results.set(run, results);
    return results;
  }
}

/** Whether a node is one that has undone the scope `path`, or one around it. */
function isUndoing(node: ReplayedNode, path: string): boolean {
  const undo = node.path.indexOf("!undo/");
  if (undo < 0 || node.state === "blocked" || node.state === "skipped") return false;
  return isWithin(path, node.path.slice(0, undo));
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

/** Whether a path is that of a node, or of something in it. What stands behind a dot may be a branch, or belong to a node's name. */
function isWithin(path: string, node: string): boolean {
  return path === node || (path.startsWith(node) && /^(?:[[/!]|\.[^/[!]*\/)/.test(path.slice(node.length)));
}
