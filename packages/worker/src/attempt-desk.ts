import { decodeAttempt, PassingMap } from "@arpeggio/core";
import type { AbortNotice, AttemptRecord, CompiledWorkflow, Delivery, RecordUndecodableError } from "@arpeggio/core";
import type { AbortedRuns } from "./aborted-runs.ts";
import { attemptFailureOf } from "./attempt-failure.ts";
import { AttemptRunner } from "./attempt-runner.ts";
import type { AttemptResult } from "./attempt-result.ts";
import type { AttemptEnd } from "./attempt-runner.ts";
import { HeldAttempt } from "./held-attempt.ts";
import { LivePublisher } from "./live-publisher.ts";
import { MessageMemory } from "./message-memory.ts";
import { OutcomeReports } from "./outcome-reports.ts";
import { Pace } from "./pace.ts";
import { PatientReports } from "./patient-reports.ts";
import { PoisonGuard } from "./poison-guard.ts";
import { ReadyQueue } from "./ready-queue.ts";
import { Replacements } from "./replacements.ts";
import { Rounds } from "./rounds.ts";
import { Suspects } from "./suspects.ts";
import type { TaskRegistry } from "./task-registry.ts";
import { UnknownTasks } from "./unknown-tasks.ts";
import { AttemptAbortedError, NodeExpiredError, WorkerStoppedError } from "./worker-errors.ts";
import type { WorkerSettings } from "./worker-options.ts";
import type { WorkerStats } from "./worker.ts";

/** How long handlers may run one after another before the event loop gets its turn, in milliseconds. */
const TURN_MS = 8;
const DONE_REMEMBERED = 10_000;

/** Everything that the worker has in hand, from the hand-over of a delivery to its acknowledgement. */
export class AttemptDesk implements AttemptEnd {
  readonly #settings: WorkerSettings;
  readonly #registry: TaskRegistry;
  readonly #aborted: AbortedRuns;
  /** Has queues hold so many beyond what is usual. */
  readonly #readQueuesAhead: (inHandMax: number) => void;
  readonly #live: LivePublisher;
  readonly #runner: AttemptRunner;
  readonly #reports: OutcomeReports;
  readonly #patient: PatientReports;
  readonly #guard: PoisonGuard;
  readonly #suspects: Suspects;
  readonly #pace: Pace;
  readonly #unknown: UnknownTasks;
  readonly #rounds: Rounds;

  /** By message id. */
  readonly #held = new PassingMap<string, HeldAttempt>();
  readonly #ready = new ReadyQueue();
  readonly #done = new MessageMemory(DONE_REMEMBERED);
  readonly #counts = { succeeded: 0, failed: 0, aborted: 0, released: 0 };
  #running = 0;
  #isTurnPlanned = false;
  /** `closing`: nothing begins any more; `draining`: nothing is taken any more. */
  #phase: "open" | "closing" | "draining" = "open";
  #onEmpty: (() => void) | undefined;

  constructor(
    settings: WorkerSettings,
    registry: TaskRegistry,
    aborted: AbortedRuns,
    readQueuesAhead: (inHandMax: number) => void,
    register: (workflow: CompiledWorkflow) => Promise<void>,
  ) {
    const { transport, log, id, concurrency, ackWaitMs, prefetch } = settings;
    this.#settings = settings;
    this.#registry = registry;
    this.#aborted = aborted;
    this.#readQueuesAhead = readQueuesAhead;
    this.#live = new LivePublisher(transport.bus, transport.clock, log);
    this.#runner = new AttemptRunner(settings, this.#live, this, new Replacements(transport, log, register));
    this.#reports = new OutcomeReports(transport, id);
    const giveBack = (held: HeldAttempt, delayMs: number) => this.#giveBack(held, delayMs);
    this.#patient = new PatientReports({
      settings,
      reports: this.#reports,
      mayWait: (held) => this.#phase !== "draining" && this.#held.has(held.messageId),
      onReported: (held) => this.#acknowledge(held),
      giveBack,
    });
    this.#guard = new PoisonGuard(settings);
    this.#suspects = new Suspects({
      settings,
      guard: this.#guard,
      isDraining: () => this.#phase === "draining",
      isHeld: (held) => this.#held.has(held.messageId),
      isAborted: (record) => this.#isAborted(record),
      onAborted: (held) => {
        this.#counts.aborted += 1;
        this.#acknowledge(held);
      },
      onAdmitted: (held) => this.#enqueue(held),
      giveBack,
      onPoisoned: (held, error) => this.failed(held, error),
    });
    this.#pace = new Pace(concurrency * 4);
    this.#unknown = new UnknownTasks(transport.clock, log);
    this.#rounds = new Rounds({
      clock: transport.clock,
      ackWaitMs,
      held: () => this.#held.values(),
      onLong: (held) => this.#tellStarted(held),
      onRound: (longestMs) => {
        if (prefetch === "auto") this.#readAhead(this.#pace.look(longestMs));
      },
    });
  }

  start(): void {
    this.#rounds.start();
  }

  stats(): WorkerStats {
    return { running: this.#running, ready: this.#ready.size, inHand: this.#held.size, ...this.#counts };
  }

  take(delivery: Delivery, queue: string): void {
    const known = this.#held.get(delivery.messageId);
    if (known !== undefined) {
      known.repeat(delivery);
      return;
    }
    if (delivery.deliveryCount > 1 && this.#done.has(delivery.messageId)) {
      delivery.ack();
      return;
    }
    if (this.#phase === "draining") {
      delivery.release(0);
      return;
    }
    let record: AttemptRecord;
    try {
      record = decodeAttempt(delivery.bytes);
    } catch (error) {
      void this.#guard.setAside(delivery, { queue, reason: error as RecordUndecodableError });
      return;
    }
    if (this.#isAborted(record)) {
      this.#counts.aborted += 1;
      delivery.ack();
      return;
    }
    const task = this.#registry.get(record.task);
    if (task === undefined) {
      this.#counts.released += 1;
      this.#unknown.giveBack(delivery, record.task, queue);
      return;
    }
    const held = new HeldAttempt(record, task, delivery);
    this.#held.set(held.messageId, held);
    if (this.#guard.isSuspect(held)) this.#suspects.tryAlone({ held, delivery, queue });
    else this.#enqueue(held);
  }

  abort({ run, nodes, reason }: AbortNotice): void {
    const isMeant = ({ record }: HeldAttempt) =>
      record.run === run && (nodes === undefined || nodes.includes(record.node));
    for (const held of this.#ready.remove(isMeant)) {
      this.#counts.aborted += 1;
      held.phase = "ended";
      this.#acknowledge(held);
    }
    for (const held of this.#held.values()) {
      if (held.phase !== "running" || !isMeant(held)) continue;
      this.#counts.aborted += 1;
      held.phase = "ended";
      this.#runner.abort(held, new AttemptAbortedError(reason));
      this.#acknowledge(held);
    }
  }

  /** Begins nothing more, while the queues may still hand over a little. */
  close(): void {
    this.#phase = "closing";
  }

  /** Gives back what has not begun, waits for what runs, and leaves nothing in hand. */
  async drain(): Promise<void> {
    this.#phase = "draining";
    const { drainTimeoutMs, transport, log } = this.#settings;
    for (const held of this.#ready.remove(() => true)) this.#giveBack(held, 0);
    if (this.#held.size > 0) {
      await new Promise<void>((resolve) => {
        const timer = transport.clock.after(drainTimeoutMs, resolve);
        this.#onEmpty = () => {
          timer.cancel();
          resolve();
        };
      });
    }
    for (const held of this.#held.values()) {
      if (held.phase !== "running") continue;
      log.warn(`'${held.record.task}' (${held.record.run}/${held.record.nodePath}) is not done and is given back`);
      held.phase = "ended";
      this.#runner.abort(held, new WorkerStoppedError(drainTimeoutMs));
      this.#giveBack(held, 0);
    }
    await this.#reports.close();
    this.#rounds.stop();
  }

  succeeded(held: HeldAttempt, result: AttemptResult): void {
    this.#counts.succeeded += 1;
    this.#patient.succeeded(held, result);
  }

  failed(held: HeldAttempt, error: unknown): void {
    this.#counts.failed += 1;
    const failure = attemptFailureOf(error);
    const { task, run, nodePath, attempt } = held.record;
    this.#settings.log.debug(`'${task}' (${run}/${nodePath}, attempt ${attempt}) failed: ${failure.error.message}`);
    this.#patient.failed(held, failure);
  }

  freed(held: HeldAttempt): void {
    this.#running -= 1;
    this.#live.ended(held.record);
    const { transport, prefetch } = this.#settings;
    const inHandMax = this.#pace.ended(transport.clock.now() - held.startedAtMs);
    if (prefetch === "auto") this.#readAhead(inHandMax);
    if (this.#ready.size > 0) this.#planTurn();
  }

  #isAborted({ run, node, again }: AttemptRecord): boolean {
    return again !== true && this.#aborted.has(run, node);
  }

  #enqueue(held: HeldAttempt): void {
    this.#ready.push(held);
    if (this.#running < this.#settings.concurrency) this.#planTurn();
  }

  #planTurn(): void {
    if (this.#isTurnPlanned) return;
    this.#isTurnPlanned = true;
    queueMicrotask(() => this.#turn());
  }

  /** Begins attempts while there are slots. Handlers that never wait would keep the event loop for themselves. */
  #turn(): void {
    const { transport, concurrency } = this.#settings;
    const { clock } = transport;
    let nowMs = clock.now();
    const untilMs = nowMs + TURN_MS;
    while (this.#phase === "open" && this.#running < concurrency) {
      const held = this.#ready.take();
      if (held === undefined) break;
      if (held.record.expiresAtMs !== undefined && nowMs > held.record.expiresAtMs) {
        held.phase = "ended";
        this.failed(held, new NodeExpiredError(held.record.nodePath, nowMs - held.record.expiresAtMs));
        continue;
      }
      this.#running += 1;
      held.startedAtMs = nowMs;
      this.#runner.begin(held);
      nowMs = clock.now();
      if (nowMs >= untilMs) {
        setImmediate(() => this.#turn());
        return;
      }
    }
    this.#isTurnPlanned = false;
  }

  #acknowledge(held: HeldAttempt): void {
    held.ack();
    this.#done.note(held.messageId);
    this.#letGo(held);
  }

  #giveBack(held: HeldAttempt, delayMs: number): void {
    this.#counts.released += 1;
    held.release(delayMs);
    this.#letGo(held);
  }

  #letGo(held: HeldAttempt): void {
    this.#held.delete(held.messageId);
    this.#suspects.letGo(held);
    if (this.#held.size === 0) this.#onEmpty?.();
  }

  #tellStarted(held: HeldAttempt): void {
    held.isStartReported = true;
    this.#reports.started(held, (error) => {
      if (error === undefined) return;
      held.isStartReported = false;
      this.#settings.log.warn("the start of an attempt cannot be stored", error);
    });
  }

  #readAhead(inHandMax: number | undefined): void {
    if (inHandMax === undefined || this.#phase !== "open") return;
    this.#readQueuesAhead(inHandMax);
    // If attempts have become longer, what was read ahead would wait here while other workers have nothing to do.
    const readyMax = this.#settings.concurrency + inHandMax;
    let kept = 0;
    for (const held of this.#ready.remove(() => ++kept > readyMax)) this.#giveBack(held, 0);
  }
}
