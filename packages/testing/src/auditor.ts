import { isDeepStrictEqual } from "node:util";
import { LogReplay } from "@arpeggio/coordinator";
import type { ReplayedNode, ReplayedRun } from "@arpeggio/coordinator";
import { decodeOutcome, loadPayload, LogTruncatedError, readEvents } from "@arpeggio/core";
import type { LogMessage, OutcomeRecord, Payload, RunEvent, TaskContext, Transport } from "@arpeggio/core";
import type { Broker } from "./broker.ts";
import { SIGNAL } from "./canvas-composites.ts";
import type { Lost } from "./lossy-stores.ts";
import { RedriveAudit } from "./redrive-audit.ts";

/** One call of a task's handler. */
export interface Execution {
  readonly run: string;
  /** The node's path, e.g. `map[3]/image.resize`. */
  readonly node: string;
  readonly task: string;
  readonly attempt: number;
  readonly idempotencyKey: string;
  /** The worker, in the trace's words. */
  readonly worker: string;
  /** Virtual time in milliseconds since the beginning. */
  readonly atMs: number;
}

const ENDED: ReadonlySet<string> = new Set(["succeeded", "failed", "skipped", "cancelled"]);
const CHECKPOINTS_MAX = 40;
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

/**
 * Reads everything that is stored, without any faults, and holds it against what the log says by itself: what processes
 * make of the log, whatever happens to them, must be the same.
 */
export class Auditor {
  readonly violations: string[] = [];
  readonly executions: Execution[] = [];
  /** What the log says by itself. */
  replay: LogReplay;
  readonly #redrives: RedriveAudit;
  readonly #broker: Broker;
  readonly #graphs = new Map<string, Uint8Array>();
  readonly #messages = new Map<number, LogMessage[]>();
  readonly #nodes = new Map<string, readonly ReplayedNode[]>();
  /** Runs that are paused. */
  readonly #paused = new Set<string>();
  readonly #checkpoints: { readonly partition: number; readonly run: string; readonly bytes: Uint8Array }[] = [];
  #unchecked: { readonly key: string; readonly outcome: OutcomeRecord }[] = [];
  /** Runs of which something is lost: what they are at, nobody can say from what is left. */
  readonly #torn = new Set<string>();
  /** Those of them that may be gone although their starts are kept: their last states or outcomes are lost. */
  readonly #loose = new Set<string>();
  #view: Transport | undefined;
  /** When attempts failed, by the log's clock; by their idempotency keys. */
  readonly failedAtMs = new Map<string, number>();
  /** Ids of the signals that runs have got; of those only that know no other signal, and do not go on with another run. */
  readonly #signals = new Map<string, Set<string>>();
  /** Codes of the failures of attempts, by run. */
  readonly #codes = new Map<string, Set<string>>();
  /** Runs whose outcome is stored. */
  readonly told = new Set<string>();

  constructor(broker: Broker) {
    this.#broker = broker;
    this.replay = this.#newReplay();
    const records = {
      nodes: (run: string) => this.#nodes.get(run) ?? [],
      placesOf: (run: string, node: number) => this.replay.run(run)?.placesOf(node) ?? [],
      blob: (key: string) => broker.blob(key),
      loaded: (payload: Payload) => this.#loaded(payload),
    };
    this.#redrives = new RedriveAudit(records, (what) => this.#wrong(what));
  }

  async start(view: Transport): Promise<void> {
    this.#view = view;
    await view.bucket("graphs").observe("*", ({ key, value }) => void this.#graphs.set(key, value));
    await view.bucket("results").observe(">", ({ key, value }) => {
      this.#unchecked.push({ key, outcome: decodeOutcome(value) });
    });
    await view.bucket("runs").observe(">", ({ key, value }) => this.#noteCheckpoint(key, value));
    for (let partition = 0; partition < view.events.partitions; partition++) {
      this.#messages.set(partition, []);
      await this.#read(partition, 0);
    }
  }

  async #read(partition: number, from: number): Promise<void> {
    await this.#view?.events.read(partition, from, {
      onMessage: (message) => this.#guarded(() => this.#take(partition, message)),
      onCaughtUp: () => {},
      onError: (error) => {
        if (error instanceof LogTruncatedError) this.#readAgain(partition, error.last);
      },
    });
  }

  /** The log of a partition ends behind this message, and goes on from there. */
  #readAgain(partition: number, last: number): void {
    const messages = this.#messages.get(partition) ?? [];
    // Markers of coordinators are of no run.
    const note = ({ run }: RunEvent) => {
      if (this.replay.run(run) !== undefined) this.#torn.add(run);
    };
    for (const { bytes } of messages.splice(last)) readEvents(bytes, note, () => {});
    this.replay = this.#newReplay();
    this.#nodes.clear();
    this.#paused.clear();
    for (const all of this.#messages.values())
      for (const message of all)
        for (const run of this.replay.take(message)) if (!this.#torn.has(run.id)) this.#nodes.set(run.id, run.nodes());
    void this.#read(partition, last + 1);
  }

  #newReplay(): LogReplay {
    return new LogReplay({
      graphOf: (hash) => this.#graphs.get(hash),
      blobOf: (key) => this.#broker.blob(key),
    });
  }

  /** A store of the broker has lost its last changes. */
  lose({ keys }: Lost): void {
    for (const key of keys.results) {
      const run = key.slice(0, key.lastIndexOf("."));
      this.#torn.add(run);
      this.#loose.add(run);
      this.told.delete(run);
    }
    for (const key of keys.runs) {
      const run = key.slice(key.indexOf(".") + 1);
      this.#torn.add(run);
      this.#loose.add(run);
    }
  }

  /** Whether a run has ended, as far as it had to, and its outcome is stored. */
  isSettled({ id, outcome }: ReplayedRun): boolean {
    if (this.told.has(id)) return outcome !== undefined || this.#torn.has(id);
    return this.#loose.has(id);
  }

  /** Whether something of a run is lost. */
  hasLost(run: string): boolean {
    return this.#torn.has(run);
  }

  /** Runs of which something is lost. */
  get torn(): Iterable<string> {
    return this.#torn;
  }

  /** Called when a handler is called. */
  began(ctx: TaskContext, worker: string, atMs: number): void {
    const { runId: run, nodeId: node, task, attempt, idempotencyKey } = ctx;
    this.executions.push({ run, node, task, attempt, idempotencyKey, worker, atMs });
    if (this.#torn.has(run)) return;
    const number = Number(idempotencyKey.split("/")[1]);
    const known = this.#nodes.get(run)?.[number];
    if (known === undefined) return this.#wrong(`${run}: ${node} is executed and not in the log`);
    this.#redrives.executed(run, number);
    if (known.state === "blocked" || known.state === "skipped")
      this.#wrong(`${run}: ${node} is executed while it is ${known.state}`);
    else if (attempt > known.attempt)
      this.#wrong(`${run}: attempt ${attempt} of ${node} is executed before it was due`);
  }

  /** What has to be waited for; called when everything stands still. */
  async check(): Promise<void> {
    if (this.#unchecked.length === 0) return;
    const unchecked = this.#unchecked;
    this.#unchecked = [];
    for (const { key, outcome } of unchecked) await this.#checkOutcome(key, outcome);
  }

  /** At the end: what each checkpoint leads to, and what redrives have taken over. */
  async checkEnd(): Promise<void> {
    await this.#redrives.check();
    for (const { partition, run, bytes } of this.#checkpoints) {
      if (this.#torn.has(run)) continue;
      const messages = this.#messages.get(partition) ?? [];
      const resumed = this.replay.resumed(bytes, messages);
      const outcome = this.replay.run(run)?.outcome;
      if (resumed !== undefined && !isDeepStrictEqual(resumed.outcome, outcome))
        this.#wrong(`${run} comes to something else from one of its checkpoints`);
    }
  }

  /** When the first timer of all runs is due. */
  get nextTimerAtMs(): number | undefined {
    let next: number | undefined;
    for (const { outcome, nextTimerAtMs: atMs } of this.replay.runs())
      if (outcome === undefined && atMs !== undefined) next = Math.min(next ?? atMs, atMs);
    return next;
  }

  /** Whether an attempt of the run has failed with one of these codes. */
  hasFailedWith(run: string, codes: readonly string[]): boolean {
    return codes.some((code) => this.#codes.get(run)?.has(code) === true);
  }

  /** The value of an outcome. */
  valueOf(outcome: OutcomeRecord): Promise<unknown> {
    return outcome.value === undefined ? Promise.resolve(undefined) : this.#loaded(outcome.value);
  }

  #loaded(payload: Payload): Promise<unknown> {
    const fetch = (key: string) => {
      const blob = this.#broker.blob(key);
      return blob === undefined ? Promise.reject(new Error(`there is no blob ${key}`)) : Promise.resolve(blob);
    };
    return loadPayload(payload, fetch);
  }

  #take(partition: number, { sequence, timestampMs, bytes }: LogMessage): void {
    const message = { sequence, timestampMs, bytes: new Uint8Array(bytes) };
    this.#messages.get(partition)?.push(message);
    const touched = this.replay.take(message);
    for (const run of touched) this.#checkRun(run);
    readEvents(
      message.bytes,
      (event) => this.#note(event, message.timestampMs),
      () => {},
    );
    for (const run of touched) this.#checkSignals(run);
  }

  /** Each signal that a run has got, however often it comes, is taken once, and at once by a node that waits for it. */
  #checkSignals(run: ReplayedRun): void {
    const ids = this.#signals.get(run.id);
    if (ids === undefined || this.#torn.has(run.id)) return;
    const nodes = (this.#nodes.get(run.id) ?? []).filter(({ kind }) => kind === "signal");
    const taken = nodes.filter(({ state }) => state === "succeeded").length;
    if (taken > ids.size) this.#wrong(`${run.id} has taken ${taken} signals and got ${ids.size}`);
    if (taken < ids.size && run.outcome === undefined && run.waitingSignals.length > 0)
      this.#wrong(`${run.id} waits for a signal and has got ${ids.size}, of which ${taken} were taken`);
  }

  #checkRun(run: ReplayedRun): void {
    if (this.#torn.has(run.id)) return;
    const before = this.#nodes.get(run.id) ?? [];
    const nodes = run.nodes();
    this.#nodes.set(run.id, nodes);
    for (const [i, { path, state }] of before.entries()) {
      const now = nodes[i]?.state;
      if (ENDED.has(state) && now !== state) this.#wrong(`${run.id}: ${path} was ${state} and is ${now}`);
    }
    if (this.#paused.has(run.id) && run.isPaused)
      for (const [i, { path, state }] of nodes.entries())
        if (state === "queued" && before[i]?.state !== "queued")
          this.#wrong(`${run.id}: ${path} begins while the run is paused`);
    if (run.isPaused) this.#paused.add(run.id);
    else this.#paused.delete(run.id);
    for (const violation of run.violations()) this.#wrong(`${run.id}: ${violation}`);
  }

  #note(event: RunEvent, timestampMs: number): void {
    if (this.#torn.has(event.run)) return;
    if (event.type === "run.started") {
      if (!this.#torn.has(event.redriveOf ?? "")) this.#redrives.started(event);
      if (event.redriveOf === undefined && !this.#signals.has(event.run)) this.#signals.set(event.run, new Set());
    } else if (event.type === "signal.received") {
      if (event.signal === SIGNAL.name) this.#signals.get(event.run)?.add(event.id);
      else this.#signals.delete(event.run);
    } else if (event.type === "attempt.succeeded") this.#redrives.succeeded(event);
    else if (event.type === "attempt.failed") {
      const { run, node, attempt } = event;
      const id = `${run}/${node}/${attempt}`;
      if (!this.failedAtMs.has(id)) this.failedAtMs.set(id, timestampMs);
      const codes = this.#codes.get(event.run) ?? new Set();
      this.#codes.set(event.run, codes.add(event.failure.code));
      // The blobs of a run that has ended go.
      if (this.replay.run(event.run)?.outcome === undefined) this.#checkCode(event.run, event.failure.code);
    }
  }

  #noteCheckpoint(key: string, bytes: Uint8Array): void {
    if (this.#checkpoints.length >= CHECKPOINTS_MAX) return;
    const dot = key.indexOf(".");
    this.#checkpoints.push({ partition: Number(key.slice(0, dot)), run: key.slice(dot + 1), bytes });
  }

  #checkCode(run: string, code: string): void {
    if (IMPOSSIBLE.has(code)) this.#wrong(`${run} meets ${code}, and nothing was lost`);
  }

  async #checkOutcome(key: string, stored: OutcomeRecord): Promise<void> {
    if (this.#torn.has(stored.run)) return void this.told.add(stored.run);
    const run = this.replay.run(stored.run);
    const outcome = run?.outcome;
    if (run === undefined || outcome === undefined) return this.#wrong(`${key} is stored before the log says so`);
    this.told.add(run.id);
    for (const { code } of [stored.failure, ...(stored.failure?.failures ?? [])].filter((one) => one !== undefined))
      this.#checkCode(run.id, code);
    if (key !== `${run.id}.${run.client}`) this.#wrong(`the outcome of ${run.id} is stored under ${key}`);
    const { value: _storedValue, named: storedNamed = {}, ...storedRest } = stored;
    const { value: _value, named = {}, ...rest } = outcome;
    if (!isDeepStrictEqual(storedRest, rest))
      this.#wrong(`the outcome of ${run.id} is stored otherwise than in the log`);
    if (!isDeepStrictEqual(await this.valueOf(stored), await this.valueOf(outcome)))
      this.#wrong(`the result of ${run.id} is stored otherwise than in the log`);
    for (const path of new Set([...Object.keys(named), ...Object.keys(storedNamed)])) {
      const [there, here] = [storedNamed[path], named[path]];
      if (there === undefined || here === undefined)
        this.#wrong(`${run.id} tells the result of ${path} in one place and not in the other`);
      else if (!isDeepStrictEqual(await this.#loaded(there), await this.#loaded(here)))
        this.#wrong(`the result of ${path} of ${run.id} is stored otherwise than in the log`);
    }
  }

  #guarded(act: () => void): void {
    try {
      act();
    } catch (error) {
      this.#wrong(`the log cannot be folded: ${String(error)}`);
    }
  }

  #wrong(what: string): void {
    if (!this.violations.includes(what)) this.violations.push(what);
  }
}
