import { PassingMap, PassingSet } from "@arpeggio/core";
import type { Entry, OutcomeRecord, RecordUndecodableError, Subscription, Timer, Transport } from "@arpeggio/core";
import { ClientClosedError, RunNotFoundError } from "./client-errors.ts";
import type { ProcessHold } from "./process-hold.ts";
import { keepAside } from "./set-aside.ts";
import { RunWatch } from "./run-watch.ts";
import type { OutcomeWaiter } from "./run-watch.ts";

/** How often to look for waits that are due, in milliseconds. */
const LOOK_MS = 250;
const OWN_INTERVAL_MS = 1_000;
const ATTACHED_INTERVAL_MS = 250;
const INTERVAL_MS_MAX = 30_000;
/** The same while it is not sure that there is such a run. */
const UNKNOWN_INTERVAL_MS_MAX = 1_000;
/** Questions under way at one time. */
const ASKING_MAX = 64;
/** How long a run may be known to nobody before it counts as not there: another client's, and one that this one started. */
const ATTACHED_PATIENCE_MS = 5_000;
const OWN_PATIENCE_MS = 60_000;
/** From this interval on the owner is asked as well. */
const DOUBT_INTERVAL_MS = 8_000;
/** Runs that nobody waits for are remembered up to this number. */
const IDLE_WATCHES_MAX = 100_000;

const NOTHING = (): void => {};

/** Whether the owner of a run's partition has the run; undefined if nobody answers. */
export type AskOwner = (run: string) => Promise<boolean | undefined>;

/**
 * Waits for the ends of runs. One subscription brings those of all runs of this client; what it misses (announcements are
 * at most once) is asked for, seldom while announcements come in and nobody has waited long.
 */
export class OutcomeBoard {
  readonly #transport: Transport;
  readonly #client: string;
  readonly #askOwner: AskOwner;
  readonly #hold: ProcessHold;
  /** Own runs that have not ended, oldest first. */
  readonly #own = new PassingMap<string, RunWatch>();
  /** How many of them there may be before those are looked for that nobody waits for. */
  #ownMax = IDLE_WATCHES_MAX;
  readonly #awaited = new PassingSet<RunWatch>();
  /** The subscriptions to attached runs that somebody waits for. */
  readonly #following = new Map<RunWatch, Promise<Subscription | undefined>>();
  #subscription: Subscription | undefined;
  #announcedAtMs = 0;
  #asking = 0;
  #isCrowded = false;
  #look: Timer | undefined;
  #isClosed = false;

  constructor(transport: Transport, client: string, askOwner: AskOwner, hold: ProcessHold) {
    this.#transport = transport;
    this.#client = client;
    this.#askOwner = askOwner;
    this.#hold = hold;
  }

  async start(): Promise<void> {
    this.#subscription = await this.#transport.bucket("results").observe(`*.${this.#client}`, ({ key, value }) => {
      this.#announcedAtMs = this.#now();
      const run = key.slice(0, key.lastIndexOf("."));
      this.#end(this.#own.get(run), value);
    });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#look?.cancel();
    for (const watch of this.#awaited) this.#fail(watch, new ClientClosedError());
    await this.#subscription?.stop();
  }

  /** The watch of a run of this client that has not ended. */
  expected(run: string): RunWatch | undefined {
    return this.#own.get(run);
  }

  /** A watch for a run that this client has not started so far. Called before its start is stored. */
  expect(run: string): RunWatch {
    if (this.#own.size > this.#ownMax) this.#forgetIdle();
    const watch = new RunWatch(run, true, { nowMs: this.#now(), askIntervalMs: OWN_INTERVAL_MS }, this.#setAside);
    this.#own.set(run, watch);
    return watch;
  }

  /** The start was not stored after all. */
  forget(run: string): void {
    this.#own.delete(run);
  }

  /** The watch of a run that another client may have started. */
  attached(run: string): RunWatch {
    const own = this.#own.get(run);
    return own ?? new RunWatch(run, false, { nowMs: 0, askIntervalMs: ATTACHED_INTERVAL_MS }, this.#setAside);
  }

  /** Tells the waiter once, and returns what takes the wait back. */
  wait(watch: RunWatch, waiter: OutcomeWaiter): () => void {
    if (this.#isClosed) {
      waiter.onError(new ClientClosedError());
      return NOTHING;
    }
    if (watch.hasEnded) {
      watch.tell(waiter);
      return NOTHING;
    }
    this.#await(watch);
    watch.add(waiter);
    return () => {
      if (!watch.remove(waiter)) return;
      this.#hold.drop();
      if (!watch.isAwaited) this.#leave(watch);
    };
  }

  outcome(watch: RunWatch): Promise<OutcomeRecord> {
    return new Promise((resolve, reject) => this.wait(watch, { onOutcome: resolve, onError: reject }));
  }

  /** Looks into the stored results. */
  async lookUp(watch: RunWatch): Promise<OutcomeRecord | undefined> {
    const known = watch.outcome();
    if (known !== undefined) return known;
    const entry = await this.#stored(watch.run);
    if (entry !== undefined) this.#end(watch, entry.value);
    return watch.outcome();
  }

  #await(watch: RunWatch): void {
    this.#hold.take();
    const isFirst = !this.#awaited.has(watch);
    this.#awaited.add(watch);
    // A run that was forgotten meanwhile is expected again.
    if (watch.isOwn && !this.#own.has(watch.run)) this.#own.set(watch.run, watch);
    if (isFirst && !watch.isOwn) this.#follow(watch);
    if (this.#look === undefined) this.#planLook();
  }

  /** An attached run: hears of its end while somebody waits for it, and asks at once, as it may have ended long ago. */
  #follow(watch: RunWatch): void {
    const subscribing = this.#transport
      .bucket("results")
      .observe(`${watch.run}.*`, ({ value }) => this.#end(watch, value))
      .catch(() => undefined); // then only the questions find its end
    this.#following.set(watch, subscribing);
    void subscribing.then(() => this.#ask(watch));
  }

  /** Nobody waits for it any more. */
  #leave(watch: RunWatch): void {
    this.#awaited.delete(watch);
    const subscribing = this.#following.get(watch);
    if (subscribing === undefined) return;
    this.#following.delete(watch);
    // A subscription that cannot be ended is the transport's to clean up.
    void subscribing.then((subscription) => subscription?.stop()).catch(() => {});
  }

  #end(watch: RunWatch | undefined, bytes: Uint8Array): void {
    if (watch === undefined) return;
    this.#own.delete(watch.run);
    watch.end(bytes);
    for (const waiter of this.#released(watch)) watch.tell(waiter);
  }

  #fail(watch: RunWatch, error: Error): void {
    for (const waiter of this.#released(watch)) waiter.onError(error);
  }

  /** Those who wait for a run, to be told; from here on nobody waits for it. */
  #released(watch: RunWatch): readonly OutcomeWaiter[] {
    const waiters = watch.take();
    if (waiters.length > 0) this.#hold.drop(waiters.length);
    this.#leave(watch);
    return waiters;
  }

  #planLook(): void {
    this.#look = this.#transport.clock.after(LOOK_MS, () => {
      this.#look = undefined;
      if (this.#isClosed || this.#awaited.size === 0) return;
      this.#askDue();
      this.#planLook();
    });
  }

  #askDue(): void {
    const nowMs = this.#now();
    this.#isCrowded = false;
    for (const watch of this.#awaited) {
      if (watch.isAsking || !this.#isDue(watch, nowMs)) continue;
      if (this.#asking >= ASKING_MAX) {
        this.#isCrowded = true;
        return;
      }
      void this.#ask(watch);
    }
  }

  #isDue(watch: RunWatch, nowMs: number): boolean {
    const sinceAskedMs = nowMs - watch.askedAtMs;
    if (sinceAskedMs < watch.askIntervalMs) return false;
    // As long as other ends are announced, this one will be, too: most waits then cost no question.
    return !watch.isOwn || nowMs - this.#announcedAtMs >= watch.askIntervalMs || sinceAskedMs >= INTERVAL_MS_MAX;
  }

  async #ask(watch: RunWatch): Promise<void> {
    if (watch.hasEnded || watch.isAsking || this.#isClosed) return;
    watch.isAsking = true;
    this.#asking += 1;
    try {
      const entry = await this.#stored(watch.run);
      if (entry !== undefined) this.#end(watch, entry.value);
      else if (!watch.isKnown || watch.askIntervalMs >= DOUBT_INTERVAL_MS) await this.#doubt(watch);
    } catch {
      // The server cannot be reached: the next question comes all the same.
    } finally {
      this.#asking -= 1;
      watch.isAsking = false;
      watch.askedAtMs = this.#now();
      watch.askIntervalMs = Math.min(
        watch.askIntervalMs * 2,
        watch.isKnown ? INTERVAL_MS_MAX : UNKNOWN_INTERVAL_MS_MAX,
      );
      // More may have been due than could be asked for at once.
      if (this.#isCrowded && this.#asking < ASKING_MAX / 2) this.#askDue();
    }
  }

  /** No result: does the run exist at all? */
  async #doubt(watch: RunWatch): Promise<void> {
    const isThere = await this.#askOwner(watch.run);
    if (isThere !== false) {
      watch.unknownSinceMs = undefined;
      watch.isKnown ||= isThere === true;
      return;
    }
    // It may have ended between the two questions.
    const entry = await this.#stored(watch.run);
    if (entry !== undefined) {
      this.#end(watch, entry.value);
      return;
    }
    watch.unknownSinceMs ??= this.#now();
    const patienceMs = watch.isOwn ? OWN_PATIENCE_MS : ATTACHED_PATIENCE_MS;
    if (this.#now() - watch.unknownSinceMs < patienceMs) return;
    this.#own.delete(watch.run);
    this.#fail(watch, new RunNotFoundError(watch.run));
  }

  readonly #setAside = (run: string, bytes: Uint8Array, reason: RecordUndecodableError): void =>
    keepAside(this.#transport, { source: "results", place: run, bytes, reason });

  #stored(run: string): Promise<Entry | undefined> {
    return this.#transport.bucket("results").newest(`${run}.*`);
  }

  #forgetIdle(): void {
    for (const [run, watch] of this.#own) {
      if (this.#own.size <= IDLE_WATCHES_MAX / 2) break;
      if (!watch.isAwaited) this.#own.delete(run);
    }
    // Where most are waited for, the next look would find as little.
    this.#ownMax = Math.max(IDLE_WATCHES_MAX, 2 * this.#own.size);
  }

  #now(): number {
    return this.#transport.clock.now();
  }
}
