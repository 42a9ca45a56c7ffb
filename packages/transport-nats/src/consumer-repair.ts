import type { ServerInfo } from "@nats-io/nats-core";
import { guarded, isVersionAtLeast, type Connection } from "./connection.ts";
import { errorNumbers, isServerError, type JetStreamApi } from "./jetstream-api.ts";

/** Servers from here on set a consumer right that has read on beyond the end of its stream. */
export const SOUND_FROM_VERSION = "2.14.0";
/** Servers from here on pass over messages that are gone. */
const SKIPS_GONE_FROM_VERSION = "2.10.25";
/** Acknowledgements that are sent before the server's word is waited for. */
const ACKS_AT_ONCE = 4_096;
const ANSWER_MS_MAX = 5_000;
/** Between two wakings: what the consumer wakes for takes less. */
const WAKE_MS = 2;
/** Between two looks at a consumer that a coordinator is to make anew: at first, and at most. */
const ANEW_MS = 500;
const ANEW_MS_MAX = 5_000;
const ACK = Buffer.from("+ACK");

export interface ConsumerRepairOptions {
  readonly stream: string;
  readonly consumer: string;
  readonly queue: string;
  /** Asks the consumer for a message. */
  readonly wake: () => void;
  /** The consumer is another one: nothing that it was asked for before will come. */
  readonly onRenewed: () => void;
  readonly onWarning: (message: string) => void;
}

interface ConsumerInfo {
  readonly delivered: { readonly stream_seq: number };
  readonly ack_floor: { readonly stream_seq: number };
  readonly num_ack_pending: number;
  readonly num_pending: number;
}

interface StreamState {
  readonly first_seq: number;
  readonly last_seq: number;
  readonly num_deleted?: number;
  readonly deleted?: readonly number[];
}

/**
 * Puts a queue's consumer right where an old server does not do so by itself after a crash, and would deliver nothing any more.
 *
 * - **Messages are gone that it waits for.** That a message was acknowledged is stored up to 100 ms later than that it is gone;
 *   and attempts are discarded that a worker has in hand, and it dies. When the consumer is to deliver one of them again, it stops until
 *   something wakes it, and comes back to it after each ack wait: a few of them, and it has no time for anything else. It
 *   forgets what is acknowledged, and does not tell what it waits for. So all are acknowledged that are gone
 *   and lie behind its ack floor; where nothing is left, nothing can be lost by it. What went with a whole block of
 *   the stream is not listed by the server: then the consumer is woken as often as it may stop.
 * - **The stream counts anew**, and the consumer does not. A coordinator makes it anew (see `QueueKeeper`), and here it is asked
 *   for messages when that is done.
 */
export class ConsumerRepair {
  readonly #connection: Connection;
  readonly #api: JetStreamApi;
  readonly #options: ConsumerRepairOptions;
  /** How everything stood when it was looked at last. */
  #seen = "";
  #warned = "";
  #isLooking = false;
  #isStopped = false;
  /** It has read on beyond the end of its stream, and delivers nothing. */
  #isAhead = false;
  /** It was not there when it was looked at last. */
  #wasAbsent = false;
  /** The server may have been killed while it was looked. */
  #isDue = false;

  constructor(connection: Connection, api: JetStreamApi, options: ConsumerRepairOptions) {
    this.#connection = connection;
    this.#api = api;
    this.#options = options;
  }

  /** Whether a coordinator is to make the consumer anew. */
  get isWaiting(): boolean {
    return this.#isAhead;
  }

  /** The server may have been killed: puts right what is wrong. Never throws. */
  afterCrash(): Promise<void> {
    return this.#look(true);
  }

  stop(): void {
    this.#isStopped = true;
  }

  /** The consumer has delivered nothing: puts right what may be the reason, unless all is as it was. Never throws. */
  inSilence(): Promise<void> {
    return this.#look(false);
  }

  async #look(isAnyway: boolean): Promise<void> {
    if (this.#isServer(SOUND_FROM_VERSION)) return;
    this.#isDue ||= isAnyway;
    if (this.#isLooking) return;
    this.#isLooking = true;
    let waitMs = ANEW_MS;
    do {
      const isAgain = this.#isDue;
      this.#isDue = false;
      await this.#lookOnce(isAgain);
      if (!this.#isAhead) continue;
      await pause(waitMs);
      waitMs = Math.min(ANEW_MS_MAX, waitMs * 2);
    } while ((this.#isDue || this.#isAhead) && !this.#isStopped);
    this.#isLooking = false;
  }

  async #lookOnce(isAnyway: boolean): Promise<void> {
    const { info: connected } = this.#connection.nats;
    try {
      const consumer = await this.#info();
      // What is stored after the consumer was asked for makes the stream's number larger, so it has to be asked for second.
      const state = await this.#state();
      if (consumer.delivered.stream_seq > state.last_seq) return this.#awaitCoordinator();
      this.#noteRenewed();
      if (!this.#isServer(SKIPS_GONE_FROM_VERSION) && consumer.num_ack_pending > 0) {
        const { num_ack_pending: waitedFor, num_pending: waiting, ack_floor: floor, delivered } = consumer;
        const { first_seq: first, num_deleted: gone = 0 } = state;
        const seen = [delivered.stream_seq, floor.stream_seq, waitedFor, first, gone].join();
        if (gone > 0 && (isAnyway || waiting > 0 || seen !== this.#seen))
          await this.#forgetGone(consumer, gone, connected);
        this.#seen = seen;
      }
      this.#warned = "";
    } catch (error) {
      // While nothing is delivered it is tried again. Who asks for messages of what is not there sees to that, and says so.
      if (!isAbsent(error)) {
        if (this.#connection.isUp) this.#warn(`may stand still: ${(error as Error).message}`);
      } else if (this.#wasAbsent) this.#noteRenewed();
      this.#wasAbsent = isAbsent(error);
    }
  }

  /** It is made anew, or was removed for good, which whoever asks for messages then finds out. */
  #noteRenewed(): void {
    if (this.#isAhead) this.#options.onRenewed();
    this.#isAhead = false;
    this.#wasAbsent = false;
  }

  /** Whoever makes consumers anew has to know which of the stored attempts are done, which a worker does not. */
  #awaitCoordinator(): void {
    const { stream, consumer } = this.#options;
    this.#isAhead = true;
    this.#warn(
      `waits for a coordinator to make '${consumer}' anew: the server has forgotten how far '${stream}' had counted`,
    );
  }

  async #forgetGone(before: ConsumerInfo, missing: number, connected: ServerInfo | undefined): Promise<void> {
    const [from, to] = [before.ack_floor.stream_seq, before.delivered.stream_seq];
    const { deleted = [] } = await this.#state({ deleted_details: true });
    const gone = deleted.filter((sequence) => sequence > from && sequence <= to);
    await this.#acknowledge(gone, connected);
    const { num_ack_pending: left } = gone.length === 0 ? before : await this.#info();
    const forgotten = Math.min(gone.length, before.num_ack_pending - left);
    if (forgotten > 0) {
      const what = `up to ${forgotten} messages that are gone`;
      this.#warn(`goes on: '${this.#options.consumer}' was to deliver ${what}, and would have stopped at each of them`);
    }
    // Even one that has forgotten all of them goes on only when something wakes it.
    await this.#wake(deleted.length < missing ? left : 1);
  }

  /** Resolves when the server has seen to all of them. @param connected with whom they are known to be gone. */
  async #acknowledge(sequences: readonly number[], connected: ServerInfo | undefined): Promise<void> {
    for (let at = 0; at < sequences.length; at += ACKS_AT_ONCE) {
      // To a server that was killed meanwhile the same numbers may be those of new messages.
      if (!this.#connection.isUp || this.#connection.nats.info !== connected) {
        this.#isDue = true;
        return;
      }
      const some = sequences.slice(at, at + ACKS_AT_ONCE).map((sequence) => this.#ackSubject(sequence));
      const last = some.pop() as string;
      for (const subject of some) this.#connection.publish(subject, ACK);
      await this.#connection.nats.request(last, ACK, { timeout: ANSWER_MS_MAX });
    }
  }

  /** The consumer's own number, the time and what is pending do not count for an acknowledgement. */
  #ackSubject(sequence: number): string {
    const { stream, consumer } = this.#options;
    return `$JS.ACK.${stream}.${consumer}.1.${sequence}.0.0.0`;
  }

  async #wake(times: number): Promise<void> {
    for (let i = 0; i < times && this.#connection.isUp; i++) {
      this.#options.wake();
      await pause(WAKE_MS);
    }
  }

  #isServer(version: string): boolean {
    return isVersionAtLeast(this.#connection.nats.info?.version ?? "", version);
  }

  #info(): Promise<ConsumerInfo> {
    const { stream, consumer } = this.#options;
    return this.#api.call<ConsumerInfo>(`CONSUMER.INFO.${stream}.${consumer}`);
  }

  async #state(body?: object): Promise<StreamState> {
    return (await this.#api.call<{ state: StreamState }>(`STREAM.INFO.${this.#options.stream}`, body)).state;
  }

  /** Once of what stays as it is. */
  #warn(what: string): void {
    if (what === this.#warned) return;
    this.#warned = what;
    const { queue, onWarning } = this.#options;
    guarded(() => onWarning(`queue '${queue}' ${what}`));
  }
}

function isAbsent(error: unknown): boolean {
  return isServerError(error, errorNumbers.consumerNotFound) || isServerError(error, errorNumbers.streamNotFound);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, ms).unref());
}
