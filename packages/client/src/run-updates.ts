import { busSubjects, decodeLive, runFailureOf } from "@arpeggio/core";
import type { LiveEvent, NodeState, OutcomeRecord, RunFailure, Subscription, Timer, Transport } from "@arpeggio/core";
import type { OutcomeBoard } from "./outcome-board.ts";
import { askOwner } from "./owner.ts";
import type { ProcessHold } from "./process-hold.ts";
import { readStatus, statusOfOutcome, statusWithoutOwner } from "./run-status.ts";
import type { RunStatus } from "./run-status.ts";
import type { RunWatch } from "./run-watch.ts";
import { UpdateQueue } from "./update-queue.ts";
import type { UnreadLimits } from "./update-queue.ts";

/** What one can hear of a run while it goes on. */
export type RunUpdate =
  /**
   * The run as it stands: always the first, and again whenever updates were missed. `missed` is there if some were dropped
   * because nobody read them, and says how many: changes of nodes, which the status has, and what handlers have told.
   */
  | { readonly type: "snapshot"; readonly status: RunStatus; readonly missed?: number }
  /** A node has changed its state. */
  | {
      readonly type: "node";
      readonly node: string;
      readonly task?: string;
      readonly state: NodeState;
      readonly attempt: number;
      readonly message?: string;
    }
  /** `ctx.progress` of a handler. */
  | { readonly type: "progress"; readonly node: string; readonly done: number; readonly total?: number }
  /** `ctx.log` of a handler. */
  | { readonly type: "log"; readonly node: string; readonly message: string; readonly data?: unknown }
  /** The run has ended: always the last. */
  | { readonly type: "ended"; readonly state: OutcomeRecord["state"]; readonly failure?: RunFailure };

/** How long the owner publishes after being asked, and how often it is asked, in milliseconds. */
const WATCH_MS = 10_000;
const ASK_AGAIN_MS = 4_000;
/** The same while there is no answer, or the run is not known yet. */
const ASK_SOON_MS = 500;
/** How long updates that were on their way may come in after the outcome, in milliseconds. */
const LAST_UPDATES_MS = 200;
/** So much waits for a reader, and for the first snapshot. More than comes in one turn of the event loop as a rule. */
const UNREAD: UnreadLimits = { valuesMax: 10_000, bytesMax: 8 * 1024 * 1024 };
/** What one snapshot counts for: so many of them may be unread. */
const SNAPSHOT_BYTES = UNREAD.bytesMax / 64;

/** What following a run needs of its client. */
export interface FollowServices {
  readonly transport: Transport;
  readonly board: OutcomeBoard;
  readonly hold: ProcessHold;
}

/** Follows a run: a snapshot, then what happens, then its end, whatever gets lost on the way. */
export function followRun(
  services: FollowServices,
  watch: RunWatch,
  nodesMax: number,
): AsyncIterableIterator<RunUpdate> {
  return new RunFollower(services, watch, nodesMax).updates;
}

class RunFollower {
  readonly updates: UpdateQueue<RunUpdate>;
  readonly #transport: Transport;
  readonly #board: OutcomeBoard;
  readonly #watch: RunWatch;
  readonly #nodesMax: number;
  #leaveBoard: (() => void) | undefined;
  /** The newest update of the owner that was handed on. */
  #sequence: number | undefined;
  /** What came in before the first snapshot, as it came. */
  #early: Uint8Array[] | undefined = [];
  #earlyBytes = 0;
  /** Updates that were dropped since the last snapshot. */
  #missed = 0;
  /** The reader has not read what came before the first of them: only then is a new snapshot of any use. */
  #isBehind = false;
  /** The owner has told of changes that did not come in, and no snapshot has made up for them yet. */
  #hasGap = false;
  #subscription: Promise<Subscription> | undefined;
  #timer: Timer | undefined;
  #isAsking = false;
  #isOver = false;
  #isSilenceTold = false;
  #outcome: OutcomeRecord | undefined;

  constructor({ transport, board, hold }: FollowServices, watch: RunWatch, nodesMax: number) {
    this.#transport = transport;
    this.#board = board;
    this.#watch = watch;
    this.#nodesMax = nodesMax;
    this.updates = new UpdateQueue({
      onStart: () => this.#start(),
      onEmpty: () => this.#onCaughtUp(),
      onEnd: () => this.#stop(),
      hold,
      limits: UNREAD,
    });
  }

  #start(): void {
    const subject = busSubjects.live(this.#watch.run);
    this.#subscription = this.#transport.bus.subscribe(subject, ({ bytes }) => this.#onLive(bytes));
    this.#subscription.then(
      () => void this.#ask(),
      (error: Error) => this.updates.end(error),
    );
    this.#leaveBoard = this.#board.wait(this.#watch, {
      onOutcome: (outcome) => this.#onOutcome(outcome),
      onError: (error) => this.updates.end(error),
    });
  }

  #stop(): void {
    this.#isOver = true;
    this.#timer?.cancel();
    this.#leaveBoard?.();
    // A subscription that cannot be ended is the transport's to clean up.
    this.#subscription?.then((subscription) => subscription.stop()).catch(() => {});
  }

  #onOutcome(outcome: OutcomeRecord): void {
    if (this.#isOver) return;
    this.#outcome = outcome;
    this.#timer?.cancel();
    if (this.#isWhole) this.#timer = this.#transport.clock.after(LAST_UPDATES_MS, () => this.#finish(outcome));
    else this.#finish(outcome);
  }

  /** Whether the reader gets everything that has been told of so far. */
  get #isWhole(): boolean {
    return this.#early === undefined && this.#missed === 0 && !this.#hasGap;
  }

  #finish(outcome: OutcomeRecord): void {
    if (this.#isOver) return;
    const { state, failure } = outcome;
    if (!this.#isWhole) this.updates.pushLast(snapshotOf(statusOfOutcome(outcome), this.#missed));
    this.#takeEarly();
    this.updates.pushLast({
      type: "ended",
      state,
      ...(failure === undefined ? {} : { failure: runFailureOf(failure) }),
    });
    this.updates.end();
  }

  #onLive(bytes: Uint8Array): void {
    if (this.#early === undefined) return this.#take(bytes);
    if (this.#early.length >= UNREAD.valuesMax || this.#earlyBytes + bytes.length > UNREAD.bytesMax) {
      this.#missed++;
      return;
    }
    this.#early.push(bytes);
    this.#earlyBytes += bytes.length;
  }

  #takeEarly(): void {
    const early = this.#early ?? [];
    this.#early = undefined;
    for (const bytes of early) this.#take(bytes);
  }

  #take(bytes: Uint8Array): void {
    let event: LiveEvent;
    try {
      event = decodeLive(bytes);
    } catch {
      return; // written by a newer version
    }
    if (event.type === "log" || event.type === "progress") {
      this.#tell(event, bytes.length);
      return;
    }
    // What nodes did before the first snapshot is in the outcome.
    if (this.#outcome !== undefined && this.#sequence === undefined) return;
    const last = this.#sequence;
    if (last !== undefined && event.sequence <= last) return;
    this.#sequence = event.sequence;
    if (last !== undefined && event.sequence > last + 1) {
      this.#hasGap = true;
      void this.#ask();
    }
    if (event.type === "run") {
      if (this.#outcome !== undefined) this.#finish(this.#outcome);
      return;
    }
    const { sequence: _, ...update } = event;
    this.#tell(update, bytes.length);
  }

  /** Once an update is dropped, so are all after it, until the reader has come there: they are told of in one piece. */
  #tell(update: RunUpdate, bytes: number): void {
    if (!this.#isBehind && this.updates.push(update, bytes)) return;
    this.#isBehind = true;
    this.#missed++;
  }

  /** The reader has read all there was. */
  #onCaughtUp(): void {
    if (!this.#isBehind) return;
    this.#isBehind = false;
    void this.#ask();
  }

  /** Asks for a snapshot, and for live updates from here on. For a reader who is behind, neither would be of use. */
  async #ask(): Promise<void> {
    if (this.#isAsking || this.#isOver || this.#isBehind || this.#outcome !== undefined) return;
    this.#isAsking = true;
    let nextMs = ASK_SOON_MS;
    try {
      const reply = await askOwner(this.#transport, {
        type: "watch",
        run: this.#watch.run,
        nodesMax: this.#nodesMax,
        forMs: WATCH_MS,
      });
      if (reply?.type === "status") {
        nextMs = ASK_AGAIN_MS;
        this.#onSnapshot(await readStatus(this.#transport, reply.status), reply.status.liveSequence);
      } else if (reply === undefined) this.#onSilence();
    } catch {
      // Asked again soon, like without an answer.
    } finally {
      this.#isAsking = false;
    }
    if (this.#isOver || this.#outcome !== undefined) return;
    this.#timer?.cancel();
    this.#timer = this.#transport.clock.after(nextMs, () => void this.#ask());
  }

  /** Nobody has answered: says so once, instead of saying nothing. */
  #onSilence(): void {
    if (this.#isOver || this.#isBehind || this.#isSilenceTold || this.#outcome !== undefined) return;
    this.#isSilenceTold = true;
    this.#tellSnapshot(statusWithoutOwner(this.#transport, this.#watch.run));
  }

  #onSnapshot(status: RunStatus, sequence: number): void {
    if (this.#isOver || this.#isBehind || this.#outcome !== undefined) return;
    // Another number than the newest that came in: updates are missing, or another owner counts anew.
    if (this.#sequence !== sequence || this.#missed > 0) {
      this.#sequence = sequence;
      this.#hasGap = false;
      this.#tellSnapshot(status);
    }
    this.#takeEarly();
  }

  /** It makes up for what was missed. */
  #tellSnapshot(status: RunStatus): void {
    const missed = this.#missed;
    this.#missed = 0;
    this.#tell(snapshotOf(status, missed), SNAPSHOT_BYTES);
    if (this.#isBehind) this.#missed += missed;
  }
}

function snapshotOf(status: RunStatus, missed: number): RunUpdate {
  return missed === 0 ? { type: "snapshot", status } : { type: "snapshot", status, missed };
}
