import type { ServerInfo } from "@nats-io/nats-core";
import { guarded, isVersionAtLeast, type Connection } from "./connection.ts";
import { errorNumbers, isServerError, type JetStreamApi } from "./jetstream-api.ts";

/** Servers from here on set a consumer right that has read on beyond the end of its stream. */
const SOUND_FROM_VERSION = "2.14.0";
/** Servers from here on pass over messages that are gone. */
const SKIPS_GONE_FROM_VERSION = "2.10.25";
/** Acknowledgements that are sent before the server's word is waited for. */
const ACKS_AT_ONCE = 4_096;
const ANSWER_MS_MAX = 5_000;
/** Between two wakings: what the consumer wakes for takes less. */
const WAKE_MS = 2;
/**
 * Until the second look, at most. Workers of a queue that find the same at the same time do not all make its consumer anew, and
 * a new leader of the stream has caught up.
 */
const APART_MS = 300;
/** Old servers tell another time of a consumer's creation after a restart, by less than a millisecond. */
const CREATED_MS = 100;
const ACK = Buffer.from("+ACK");
const NOWHERE: DeliveredPlace = { sequence: 0, timestampMs: 0 };

export interface ConsumerRepairOptions {
  readonly stream: string;
  readonly consumer: string;
  readonly queue: string;
  /** Creates the consumer if it is not there. */
  readonly create: () => Promise<void>;
  /** Asks the consumer for a message. */
  readonly wake: () => void;
  /** The consumer is another one: nothing that it was asked for before will come. */
  readonly onRenewed: () => void;
  readonly onWarning: (message: string) => void;
}

/** A message that was delivered. */
export interface DeliveredPlace {
  readonly sequence: number;
  readonly timestampMs: number;
}

interface ConsumerInfo {
  readonly created: string;
  readonly delivered: { readonly stream_seq: number };
  readonly ack_floor: { readonly stream_seq: number };
  readonly num_ack_pending: number;
  readonly num_pending: number;
}

interface StreamState {
  readonly messages: number;
  readonly first_ts: string;
  readonly first_seq: number;
  readonly last_seq: number;
  readonly num_deleted?: number;
  readonly deleted?: readonly number[];
}

/**
 * Puts a queue's consumer right where an old server does not do so by itself after a crash, and would deliver nothing any more.
 *
 * - **The stream counts anew.** A server that is killed while the stream is empty may forget how far it has counted, and one
 *   whose power goes may lose the stream's end. The consumer goes on behind the last number that it has delivered, and new
 *   messages have smaller ones. Nothing that it has delivered is left then, so it is made anew. When the stream has grown beyond that
 *   number meanwhile, it shows by a message that has a smaller number than one that was delivered here, and is younger.
 * - **Messages are gone that it waits for.** That a message was acknowledged is stored up to 100 ms later than that it is gone;
 *   and attempts are discarded that a worker has in hand, and it dies. When the consumer is to deliver one of them again, it stops until
 *   something wakes it, and comes back to it after each ack wait: a few of them, and it has no time for anything else. It
 *   forgets what is acknowledged, and does not tell what it waits for. So all are acknowledged that are gone
 *   and lie behind its ack floor; where nothing is left, nothing can be lost by it. What went with a whole block of
 *   the stream is not listed by the server: then the consumer is woken as often as it may stop.
 */
export class ConsumerRepair {
  readonly #connection: Connection;
  readonly #api: JetStreamApi;
  readonly #options: ConsumerRepairOptions;
  /** How everything stood when it was looked at last. */
  #seen = "";
  /** When the consumer was created that is known here, and the message with the highest number that it has delivered here. */
  #created: number | undefined;
  #highest: DeliveredPlace = NOWHERE;
  #warned = "";
  #isLooking = false;
  /** The server may have been killed while it was looked. */
  #isDue = false;

  constructor(connection: Connection, api: JetStreamApi, options: ConsumerRepairOptions) {
    this.#connection = connection;
    this.#api = api;
    this.#options = options;
  }

  /** The consumer has delivered a message. */
  note(place: DeliveredPlace): void {
    const { sequence, timestampMs } = place;
    if (sequence > this.#highest.sequence) this.#highest = { sequence, timestampMs };
  }

  /** The server may have been killed: puts right what is wrong. Never throws. */
  afterCrash(): Promise<void> {
    return this.#look(true);
  }

  /** The consumer has delivered nothing: puts right what may be the reason, unless all is as it was. Never throws. */
  inSilence(): Promise<void> {
    return this.#look(false);
  }

  async #look(isAnyway: boolean): Promise<void> {
    if (this.#isServer(SOUND_FROM_VERSION)) return;
    if (this.#isLooking) {
      this.#isDue ||= isAnyway;
      return;
    }
    this.#isLooking = true;
    const { info: connected } = this.#connection.nats;
    // What is delivered from now on is of no use to tell old numbers from new ones.
    const highest = this.#highest;
    try {
      const consumer = await this.#info();
      const state = await this.#state();
      if (this.#isAhead(consumer, state, highest)) await this.#makeAnew(highest);
      else if (!this.#isServer(SKIPS_GONE_FROM_VERSION) && consumer.num_ack_pending > 0) {
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
      if (this.#connection.isUp && !isAbsent(error)) this.#warn(`may stand still: ${(error as Error).message}`);
    } finally {
      this.#isLooking = false;
    }
    if (!this.#isDue) return;
    this.#isDue = false;
    await this.#look(true);
  }

  async #makeAnew(highest: DeliveredPlace): Promise<void> {
    const { stream, consumer, create, onRenewed } = this.#options;
    await pause(APART_MS * (0.5 + Math.random() / 2));
    if (!this.#isAhead(await this.#info(), await this.#state(), highest)) return;
    try {
      await this.#api.call(`CONSUMER.DELETE.${stream}.${consumer}`);
    } catch (error) {
      if (!isServerError(error, errorNumbers.consumerNotFound)) throw error;
    }
    await create();
    this.#highest = NOWHERE;
    this.#warn(`is read anew: the server has forgotten how far '${stream}' had counted, and '${consumer}' had not`);
    onRenewed();
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

  /** What is stored after the consumer was asked for makes the stream's number larger, so it has to be asked for second. */
  #isAhead(consumer: ConsumerInfo, state: StreamState, highest: DeliveredPlace): boolean {
    const created = Date.parse(consumer.created);
    const isKnown = Math.abs(created - (this.#created ?? created)) < CREATED_MS;
    this.#created = created;
    if (consumer.delivered.stream_seq > state.last_seq) return true;
    // Another worker may have made it anew; then what the old one has delivered says nothing.
    if (!isKnown) this.#highest = NOWHERE;
    const isReused = state.messages > 0 && state.first_seq <= highest.sequence;
    return isKnown && isReused && Date.parse(state.first_ts) > highest.timestampMs;
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
