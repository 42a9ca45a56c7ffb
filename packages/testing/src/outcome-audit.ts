import { isDeepStrictEqual } from "node:util";
import type { ReplayedRun } from "@arpeggio/coordinator";
import { decodeOutcome } from "@arpeggio/core";
import type { OutcomeRecord, Payload } from "@arpeggio/core";

/** What has to be known of runs. */
export interface OutcomeRecords {
  /** A run as the log has it. */
  readonly run: (id: string) => ReplayedRun | undefined;
  readonly hasLost: (run: string) => boolean;
  readonly isOnlyShort: (run: string) => boolean;
  readonly loaded: (payload: Payload) => Promise<unknown>;
}

/** Nothing that is stored gets lost here or cannot be read, so no run and no attempt may fail with one of these. */
const IMPOSSIBLE: ReadonlySet<string> = new Set([
  "BLOB_CORRUPT",
  "BLOB_NOT_FOUND",
  "COORDINATOR_FAULT",
  "GRAPH_INVALID",
  "GRAPH_NOT_FOUND",
  "RECORD_UNDECODABLE",
  "STATE_UNREADABLE",
]);

/** One of these has failed a run, or a part of it, that is short of a graph or a blob. */
const OF_LOSS: ReadonlySet<string> = new Set(["BLOB_NOT_FOUND", "GRAPH_NOT_FOUND"]);

/** Holds the outcomes that are stored against what the log says of the ends of runs. */
export class OutcomeAudit {
  /** Runs whose outcome is stored. */
  readonly told = new Set<string>();
  readonly #records: OutcomeRecords;
  readonly #onWrong: (what: string) => void;
  #unchecked: { readonly key: string; readonly outcome: OutcomeRecord }[] = [];

  constructor(records: OutcomeRecords, onWrong: (what: string) => void) {
    this.#records = records;
    this.#onWrong = onWrong;
  }

  /** An outcome is stored. */
  stored(key: string, value: Uint8Array): void {
    this.#unchecked.push({ key, outcome: decodeOutcome(value) });
  }

  /** What has to be waited for; called when everything stands still. */
  async check(): Promise<void> {
    if (this.#unchecked.length === 0) return;
    const unchecked = this.#unchecked;
    this.#unchecked = [];
    for (const { key, outcome } of unchecked) await this.#checkOutcome(key, outcome);
  }

  /** A run of which nothing is lost, or an attempt of it, has failed with this. */
  checkCode(run: string, code: string): void {
    if (IMPOSSIBLE.has(code)) this.#onWrong(`${run} meets ${code}, and nothing was lost`);
  }

  /** The value of an outcome. */
  valueOf({ value }: OutcomeRecord): Promise<unknown> {
    return value === undefined ? Promise.resolve(undefined) : this.#records.loaded(value);
  }

  async #checkOutcome(key: string, stored: OutcomeRecord): Promise<void> {
    if (this.#records.hasLost(stored.run)) {
      this.told.add(stored.run);
      return this.#checkShort(stored);
    }
    const run = this.#records.run(stored.run);
    const outcome = run?.outcome;
    if (run === undefined || outcome === undefined) return this.#onWrong(`${key} is stored before the log says so`);
    this.told.add(run.id);
    for (const { code } of [stored.failure, ...(stored.failure?.failures ?? [])].filter((one) => one !== undefined))
      this.checkCode(run.id, code);
    if (key !== `${run.id}.${run.client}`) this.#onWrong(`the outcome of ${run.id} is stored under ${key}`);
    const { value: _storedValue, named: storedNamed = {}, ...storedRest } = stored;
    const { value: _value, named = {}, ...rest } = outcome;
    if (!isDeepStrictEqual(storedRest, rest))
      this.#onWrong(`the outcome of ${run.id} is stored otherwise than in the log`);
    if (!isDeepStrictEqual(await this.valueOf(stored), await this.valueOf(outcome)))
      this.#onWrong(`the result of ${run.id} is stored otherwise than in the log`);
    const { loaded } = this.#records;
    for (const path of new Set([...Object.keys(named), ...Object.keys(storedNamed)])) {
      const [there, here] = [storedNamed[path], named[path]];
      if (there === undefined || here === undefined)
        this.#onWrong(`${run.id} tells the result of ${path} in one place and not in the other`);
      else if (!isDeepStrictEqual(await loaded(there), await loaded(here)))
        this.#onWrong(`the result of ${path} of ${run.id} is stored otherwise than in the log`);
    }
  }

  /** A run that is short of something ends as it would have, or says of what. */
  #checkShort({ run, state, failure }: OutcomeRecord): void {
    if (!this.#records.isOnlyShort(run) || state !== "failed") return;
    const expected = this.#records.run(run)?.outcome?.failure?.code;
    const codes = [failure, ...(failure?.failures ?? [])].map((one) => one?.code ?? "");
    if (failure?.code !== expected && !codes.some((code) => OF_LOSS.has(code)))
      this.#onWrong(`${run} has lost a graph or a blob and fails with ${codes.join(", ")}`);
  }
}
