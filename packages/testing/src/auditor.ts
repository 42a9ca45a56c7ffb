import { isDeepStrictEqual } from "node:util";
import { LogReplay } from "@arpeggio/coordinator";
import type { ReplayedNode, ReplayedRun } from "@arpeggio/coordinator";
import { decodeOutcome, loadPayload, LogTruncatedError, readEvents } from "@arpeggio/core";
import type { LogMessage, OutcomeRecord, Payload, RunEvent, TaskContext, Transport } from "@arpeggio/core";
import type { Broker } from "./broker.ts";
import { ENDED } from "./ended-states.ts";
import { KeptOutcomes } from "./kept-outcomes.ts";
import { Losses } from "./losses.ts";
import type { Lost } from "./lossy-stores.ts";
import { OutcomeAudit } from "./outcome-audit.ts";
import { RedriveAudit } from "./redrive-audit.ts";
import { SignalAudit } from "./signal-audit.ts";

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

const CHECKPOINTS_MAX = 40;

/**
 * Reads everything that is stored, without any faults, and holds it against what the log says by itself: what processes
 * make of the log, whatever happens to them, must be the same.
 */
export class Auditor {
  readonly violations: string[] = [];
  readonly executions: Execution[] = [];
  /** What the log says by itself. */
  replay: LogReplay;
  readonly #losses = new Losses();
  readonly #kept = new KeptOutcomes((what) => this.#wrong(what));
  /** Of the logs that have become shorter in the power loss that is going on: their last messages. */
  readonly #ends = new Map<number, number>();
  readonly #outcomes: OutcomeAudit;
  readonly #redrives: RedriveAudit;
  readonly #signals: SignalAudit;
  readonly #broker: Broker;
  readonly #graphs = new Map<string, Uint8Array>();
  readonly #messages = new Map<number, LogMessage[]>();
  readonly #nodes = new Map<string, readonly ReplayedNode[]>();
  /** Runs that are paused. */
  readonly #paused = new Set<string>();
  readonly #checkpoints: { readonly partition: number; readonly run: string; readonly bytes: Uint8Array }[] = [];
  #view: Transport | undefined;
  /** When attempts failed, by the log's clock; by their idempotency keys. */
  readonly failedAtMs = new Map<string, number>();
  /** Codes of the failures of attempts, by run. */
  readonly #codes = new Map<string, Set<string>>();
  constructor(broker: Broker) {
    this.#broker = broker;
    this.replay = this.#newReplay();
    const onWrong = (what: string) => this.#wrong(what);
    const records = {
      run: (id: string) => this.replay.run(id),
      hasLost: (run: string) => this.#losses.has(run),
      isOnlyShort: (run: string) => this.#losses.isOnlyShort(run),
      nodes: (run: string) => this.#nodes.get(run) ?? [],
      placesOf: (run: string, node: number) => this.replay.run(run)?.placesOf(node) ?? [],
      blob: (key: string) => broker.blob(key),
      loaded: (payload: Payload) => this.#loaded(payload),
    };
    this.#outcomes = new OutcomeAudit(records, onWrong);
    this.#redrives = new RedriveAudit(records, onWrong);
    this.#signals = new SignalAudit(onWrong);
  }

  async start(view: Transport): Promise<void> {
    this.#view = view;
    await view.bucket("graphs").observe("*", ({ key, value }) => {
      this.#graphs.set(key, value);
      this.#losses.noteGraph(key);
    });
    await view.bucket("results").observe(">", ({ key, value }) => {
      this.#outcomes.stored(key, value);
      this.#kept.stored(key, decodeOutcome(value));
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
    this.#ends.set(partition, last);
    // Markers of coordinators are of no run.
    const note = ({ run }: RunEvent) => {
      if (this.replay.run(run) !== undefined) this.#losses.noteEvent(run);
    };
    for (const { bytes } of messages.splice(last)) readEvents(bytes, note, () => {});
    this.replay = this.#newReplay();
    this.#nodes.clear();
    this.#paused.clear();
    for (const all of this.#messages.values())
      for (const message of all)
        for (const run of this.replay.take(message))
          if (!this.#losses.has(run.id)) this.#nodes.set(run.id, run.nodes());
    void this.#read(partition, last + 1);
  }

  #newReplay(): LogReplay {
    return new LogReplay({
      graphOf: (hash) => this.#graphs.get(hash),
      blobOf: (key) => this.#broker.blob(key),
    });
  }

  /** A store of the broker has lost its last changes. */
  async lose(lost: Lost): Promise<void> {
    this.#losses.note(lost, (run) => this.#outcomes.told.delete(run));
    const ends = new Map(this.#ends);
    this.#ends.clear();
    if (this.#view !== undefined) await this.#kept.lose(lost, this.#view, ends);
  }

  /** Somebody has asked for a redrive, or is about to: see {@link RedriveAudit.asked}. */
  redriveAsked(run: string, from: string | undefined): void {
    this.#redrives.asked(run, from);
  }

  /** Whether a run has ended, as far as it had to, and its outcome is stored. */
  isSettled({ id, outcome }: ReplayedRun): boolean {
    if (this.isTold(id)) return outcome !== undefined || this.#losses.has(id);
    return this.#losses.mayBeGone(id);
  }

  /** Whether the outcome of a run is stored. */
  isTold(run: string): boolean {
    return this.#outcomes.told.has(run);
  }

  /** Whether something of a run is lost. */
  hasLost(run: string): boolean {
    return this.#losses.has(run);
  }

  /** Whether nothing is lost of the run but a graph or blobs: it is there all the same. */
  isOnlyShort(run: string): boolean {
    return this.#losses.isOnlyShort(run);
  }

  /** Runs of which something is lost. */
  get torn(): Iterable<string> {
    return this.#losses.all;
  }

  /** Called when a handler is called. */
  began(ctx: TaskContext, worker: string, atMs: number): void {
    const { runId: run, nodeId: node, task, attempt, idempotencyKey } = ctx;
    this.executions.push({ run, node, task, attempt, idempotencyKey, worker, atMs });
    if (this.#losses.has(run)) return;
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
  check(): Promise<void> {
    return this.#outcomes.check();
  }

  /** At the end: what each checkpoint leads to, and what redrives have taken over. */
  async checkEnd(): Promise<void> {
    await this.#redrives.check();
    for (const { partition, run, bytes } of this.#checkpoints) {
      if (this.#losses.has(run)) continue;
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
    return this.#outcomes.valueOf(outcome);
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
    for (const run of touched) if (!this.#losses.has(run.id)) this.#signals.check(run, this.#nodes.get(run.id) ?? []);
  }

  #checkRun(run: ReplayedRun): void {
    if (this.#losses.has(run.id)) return;
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
    if (event.type === "run.started" || event.type === "attempt.replaced") this.#losses.noteUse(event.run, event.graph);
    if (this.#losses.has(event.run)) return;
    if (event.type === "run.started") {
      if (!this.#losses.has(event.redriveOf ?? "")) this.#redrives.started(event);
      this.#signals.started(event);
    } else if (event.type === "signal.received") this.#signals.received(event);
    else if (event.type === "attempt.succeeded") this.#redrives.succeeded(event);
    else if (event.type === "attempt.failed") {
      const { run, node, attempt } = event;
      const id = `${run}/${node}/${attempt}`;
      if (!this.failedAtMs.has(id)) this.failedAtMs.set(id, timestampMs);
      const codes = this.#codes.get(event.run) ?? new Set();
      this.#codes.set(event.run, codes.add(event.failure.code));
      // The blobs of a run that has ended go.
      if (this.replay.run(event.run)?.outcome === undefined) this.#outcomes.checkCode(event.run, event.failure.code);
    }
  }

  #noteCheckpoint(key: string, bytes: Uint8Array): void {
    if (this.#checkpoints.length >= CHECKPOINTS_MAX) return;
    const dot = key.indexOf(".");
    this.#checkpoints.push({ partition: Number(key.slice(0, dot)), run: key.slice(dot + 1), bytes });
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
