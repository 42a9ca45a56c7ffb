import type { LogMessage, LogPlace, RunEvent, Timer, Transport } from "@arpeggio/core";
import { begunRun } from "./begun-run.ts";
import { EventIntake } from "./event-intake.ts";
import type { FoundParts } from "./event-intake.ts";
import { foldOrEnd } from "./fold-or-end.ts";
import { isLogCut, LogReading } from "./log-reading.ts";
import type { CoordinatorLogger } from "./logger.ts";
import type { PlanLoader } from "./plan-loader.ts";
import { createTimes } from "../run/node-times.ts";
import { RunArchive } from "../run/run-archive.ts";
import type { RunLife } from "../run/run-machine.ts";
import type { RunState } from "../run/run-state.ts";

/** A run, folded again; or why it cannot be. */
export type Past = RunState | PastGone;

/** A part of a sentence: what follows "because". */
export interface PastGone {
  readonly why: string;
}

/** Where the events of a run lie, and what they have led to. */
export interface PastPlace {
  readonly run: string;
  readonly partition: number;
  readonly first: number;
  readonly last: number;
  readonly life: RunLife;
  readonly nodeCount: number;
}

export interface PastReadingOptions {
  readonly transport: Transport;
  readonly plans: PlanLoader;
  readonly place: PastPlace;
}

/** So much of what its nodes came to is kept, in bytes. */
const ARCHIVE_BYTES_MAX = 32 * 1024 * 1024;
/** How long a part of the log may take to be read, in milliseconds. */
const READ_MS_MAX = 30_000;

/**
 * Folds one run again, from the part of the log in which its events lie, and keeps what its nodes came to. What else is
 * there is passed over without being looked at or kept.
 */
export class PastReading {
  readonly done: Promise<Past>;
  readonly #options: PastReadingOptions;
  readonly #intake: EventIntake;
  readonly #id: Buffer;
  readonly #timer: Timer;
  readonly #reading: LogReading;
  #state: RunState | undefined;
  #readTo = 0;
  #folded: LogPlace | undefined;
  #end: (past: Past) => void = () => {};

  constructor(options: PastReadingOptions) {
    const { transport, plans, place } = options;
    this.#options = options;
    this.#id = Buffer.from(place.run);
    this.done = new Promise((resolve) => (this.#end = resolve));
    this.#intake = new EventIntake({
      transport,
      plans,
      log: SILENCE,
      isAwaited: ({ run, target }) => run === place.run && this.#state?.evaluations?.has(target) === true,
      onEvent: (event, message, found) => this.#fold(event, message, found),
      onUndecodable: () => {},
      onFolded: ({ sequence, timestampMs }) => {
        this.#folded = { sequence, timestampMs };
        if (sequence === place.last) this.#finish();
      },
      onFull: () => this.#reading.rest(),
      onIdle: () => {
        if (this.#reading.isResting && this.#folded !== undefined) this.#reading.goOn(this.#folded);
        else this.#checkRead();
      },
    });
    this.#reading = new LogReading({
      transport,
      partition: place.partition,
      log: SILENCE,
      onMessage: (message) => this.#take(message),
      onCaughtUp: () => {
        this.#readTo = Infinity;
        this.#checkRead();
      },
      onError: (error) => this.#onUnreadable(error),
    });
    const onLate = () => this.stop(`reading its events took more than ${READ_MS_MAX / 1_000} s`);
    this.#timer = transport.clock.after(READ_MS_MAX, onLate);
  }

  start(): void {
    this.#reading
      .begin(this.#options.place.first, undefined)
      .catch((error: unknown) => this.#onUnreadable(error as Error));
  }

  /** Ends it before its time; harmless when it has ended. */
  stop(why: string): void {
    this.#close({ why });
  }

  #close(past: Past): void {
    this.#timer.cancel();
    this.#intake.stop();
    void this.#reading.stop();
    this.#end(past);
  }

  #onUnreadable(error: Error): void {
    this.stop(isLogCut(error) ? GONE : `the log cannot be read: ${error.message}`);
  }

  #take(message: LogMessage): void {
    const { first, last } = this.#options.place;
    const { sequence, bytes } = message;
    if (this.#readTo === 0 && sequence !== first) return this.stop(GONE);
    this.#readTo = sequence;
    if (sequence > last || !this.#isOfRun(bytes)) return this.#checkRead();
    this.#intake.take(message);
  }

  /** Ends it where the message that ended the run is not in its place. */
  #checkRead(): void {
    if (this.#readTo >= this.#options.place.last && !this.#intake.isWaiting) this.stop(GONE);
  }

  /** Whether a message may have an event of the run: a look at the bytes is much less work than decoding it. */
  #isOfRun({ buffer, byteOffset, length }: Uint8Array): boolean {
    return Buffer.from(buffer, byteOffset, length).includes(this.#id);
  }

  #fold(event: RunEvent, message: LogMessage, found: FoundParts): void {
    if (event.run !== this.#options.place.run) return;
    const { timestampMs } = message;
    if (event.type === "run.ended") return this.stop("the event log has lost how it ended, and knows only its outcome");
    if (this.#state === undefined) {
      if (event.type !== "run.started") return;
      const begun = begunRun(event, message, found);
      if ("code" in begun) return this.stop(begun.message);
      begun.archive = new RunArchive(event.input, ARCHIVE_BYTES_MAX);
      begun.times = createTimes(Infinity);
      this.#state = begun;
    }
    foldOrEnd(this.#state, event, timestampMs, { planOf: found.planOf, log: SILENCE });
  }

  #finish(): void {
    const state = this.#state;
    const { life, nodeCount } = this.#options.place;
    const isSame = state?.life === life && state.nodeCount === nodeCount;
    this.#close(isSame ? state : { why: "what the event log has of it does not lead to what it has come to" });
  }
}

const GONE = "the event log does not have its events any more";

/** What it comes by was said when it came for the first time. */
const SILENCE: CoordinatorLogger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
