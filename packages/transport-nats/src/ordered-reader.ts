import { LogTruncatedError, TransportClosedError } from "@arpeggio/core";
import type { LogPlace } from "@arpeggio/core";
import { createInbox, type Msg } from "@nats-io/nats-core";
import { deliveryInfoOf, type DeliveryInfo } from "./ack-subject.ts";
import { guarded, isVersionAtLeast, type Connection } from "./connection.ts";
import { errorNumbers, isServerError, type JetStreamApi } from "./jetstream-api.ts";
import { headerNames } from "./message-headers.ts";
import { PermissionMissingError } from "./server-errors.ts";

export interface OrderedReading {
  readonly stream: string;
  readonly filter: string;
  /** The first stream sequence to read; 0 or 1 is the beginning. */
  readonly from: number;
  /** It is an error if the stream has lost what was read from it before: `seen`, and what comes by this reading. */
  readonly keptWith?: { readonly replicas: number; readonly seen: LogPlace | undefined };
  /** Whether a subject matches the filter; needed where reading begins later than at the beginning. */
  matches?(subject: string): boolean;
  onMessage(message: Msg, info: DeliveryInfo): void;
  /** Once: everything that was there when reading began has been handed over. */
  onCaughtUp(): void;
  onError(error: Error): void;
}

interface ConsumerCreated {
  readonly delivered: { readonly consumer_seq: number };
  readonly num_pending: number;
}

const HEARTBEAT_MS = 1_000;
const SILENCE_MS = 3_000;
const LOOK_MS = 500;
const AGAIN_MS = 250;
/** How long the server keeps a consumer that nobody listens to. */
const INACTIVE_MS = 10_000;
/**
 * Servers below this search the whole block anew for each message of a filtered consumer that begins in the middle of
 * a stream: 10,000 messages take 2 s, and the time grows with the square. Without a filter they are as fast as others,
 * so there the past is read whole and sifted here, and only what comes later through the filter.
 */
const SIFT_BELOW_VERSION = "2.10.0";

/**
 * Reads a stream in order, each message once, and goes on with new ones until it is stopped.
 *
 * Uses an unacknowledged push consumer with flow control. Its own sequence shows a gap; then, after silence, and at
 * once after a reconnect (a server forgets such consumers when it restarts), a new consumer goes on after the last
 * message that was handed over.
 */
export class OrderedReader {
  readonly #connection: Connection;
  readonly #api: JetStreamApi;
  readonly #reading: OrderedReading;
  /** Counts consumers; what belongs to an older one is ignored. */
  #generation = 0;
  #lastSequence: number;
  /** When the last message was stored that was handed over. */
  #lastTimestampMs: number | undefined;
  #consumerSequence = 0;
  #consumerName = "";
  #heardAt = 0;
  #lookedAt = 0;
  #caughtUp = false;
  /** Reading without the filter, see {@link SIFT_BELOW_VERSION}. */
  #sifting = false;
  /** The consumer sequence of the last message that was there at the start, once known. */
  #target: number | undefined;
  #stopped = false;
  #started = false;
  #failure: Error | undefined;
  #unsubscribe = () => {};
  #unlisten = () => {};
  #look: NodeJS.Timeout | undefined;

  constructor(connection: Connection, api: JetStreamApi, reading: OrderedReading) {
    this.#connection = connection;
    this.#api = api;
    this.#reading = reading;
    this.#lastSequence = Math.max(reading.from, 1) - 1;
  }

  /** Resolves when the server delivers. What fails before that is thrown, what fails later goes to `onError`. */
  async start(): Promise<void> {
    if (this.#connection.closedBy) throw this.#connection.closedBy;
    this.#unlisten = this.#connection.listen({
      onReconnect: () => this.#restart(),
      onClosed: (error) => this.#fail(error),
    });
    this.#lookedAt = Date.now();
    this.#look = setInterval(() => this.#lookForSilence(), LOOK_MS).unref();
    try {
      await this.#begin(this.#mustSift());
      if (this.#failure) throw this.#failure;
      this.#started = true;
    } catch (error) {
      this.#release();
      throw error;
    }
  }

  stop(): void {
    if (this.#stopped) return;
    this.#release();
    this.#deleteConsumer();
  }

  #mustSift(): boolean {
    if (this.#lastSequence === 0 || this.#reading.matches === undefined) return false;
    return !isVersionAtLeast(this.#connection.nats.info?.version ?? "", SIFT_BELOW_VERSION);
  }

  async #begin(sift: boolean): Promise<void> {
    const generation = ++this.#generation;
    const { stream, filter } = this.#reading;
    this.#unsubscribe();
    this.#sifting = sift;
    this.#consumerSequence = 0;
    this.#target = undefined;
    this.#heardAt = Date.now();
    const from = this.#lastSequence + 1;
    await this.#checkKept();
    if (generation !== this.#generation) return;
    const inbox = createInbox(this.#connection.inboxPrefix);
    // The inbox's last token is unique, so the consumer's name is too; a repeated request creates nothing twice.
    const name = `read_${inbox.slice(inbox.lastIndexOf(".") + 1)}`;
    this.#consumerName = name;
    const subscription = this.#connection.nats.subscribe(inbox, {
      callback: (error, message) => {
        if (generation !== this.#generation) return;
        if (error) this.#fail(new PermissionMissingError("subscribe", inbox));
        else this.#arrived(message);
      },
    });
    this.#unsubscribe = () => subscription.unsubscribe();
    const verb = `CONSUMER.CREATE.${stream}.${name}${sift ? "" : `.${filter}`}`;
    const created = await this.#api.call<ConsumerCreated>(verb, {
      stream_name: stream,
      config: {
        name,
        deliver_subject: inbox,
        deliver_policy: "by_start_sequence",
        opt_start_seq: from,
        ...(sift ? {} : { filter_subject: filter }),
        ack_policy: "none",
        max_deliver: 1,
        replay_policy: "instant",
        flow_control: true,
        idle_heartbeat: HEARTBEAT_MS * 1e6,
        inactive_threshold: INACTIVE_MS * 1e6,
        mem_storage: true,
        num_replicas: 1,
      },
    });
    if (generation !== this.#generation) return;
    this.#heardAt = Date.now();
    // Some may have been delivered before the answer was written; both numbers are of the same moment.
    this.#target = created.delivered.consumer_seq + created.num_pending;
    if (this.#consumerSequence >= this.#target) this.#reachEnd();
  }

  /**
   * A server that has lost the end of a stream gives its numbers to what comes later. So the newest message that is known has to
   * be there, and has to be the same: that is told by when it was stored.
   */
  async #checkKept(): Promise<void> {
    const { stream, keptWith } = this.#reading;
    if (keptWith === undefined) return;
    const { replicas, seen = { sequence: 0, timestampMs: 0 } } = keptWith;
    const newest = Math.max(this.#lastSequence, seen.sequence);
    if (newest === 0) return;
    const { state } = await this.#api.call<{ state: { first_seq: number; last_seq: number } }>(`STREAM.INFO.${stream}`);
    const lost = () => new LogTruncatedError(stream, newest + 1, state.last_seq);
    if (state.last_seq < newest) throw lost();
    const [sequence, timestampMs] =
      this.#lastTimestampMs === undefined || seen.sequence > this.#lastSequence
        ? [seen.sequence, seen.timestampMs]
        : [this.#lastSequence, this.#lastTimestampMs];
    // Its age has ended, or it was never told.
    if (sequence < state.first_seq) return;
    const found = await this.#api.messageAt(stream, sequence, replicas);
    // One that is not there was removed: by its age in this moment, or by hand.
    if (found !== undefined && found.timestampMs !== timestampMs) throw lost();
  }

  #arrived(message: Msg): void {
    this.#heardAt = Date.now();
    const status = message.data.length === 0 ? message.headers?.code : undefined;
    if (status === 100) return this.#control(message);
    const info = deliveryInfoOf(message.reply ?? "");
    if (!info) return;
    if (info.consumerSequence !== this.#consumerSequence + 1) return this.#restart();
    this.#consumerSequence = info.consumerSequence;
    this.#lastSequence = info.streamSequence;
    this.#lastTimestampMs = info.timestampMs;
    const isWanted = !this.#sifting || this.#reading.matches?.(message.subject) === true;
    if (isWanted) guarded(() => this.#reading.onMessage(message, info));
    if (!this.#isAtEnd() && (info.pending === 0 || this.#consumerSequence === this.#target)) this.#reachEnd();
  }

  /** Heartbeats and flow control. */
  #control(message: Msg): void {
    const { reply, headers } = message;
    if (reply) return this.#connection.nats.publish(reply);
    const stalled = headers?.get(headerNames.consumerStalled);
    // The server waits for this answer with more at hand, so it is no sign of the end.
    if (stalled) return this.#connection.nats.publish(stalled);
    const last = Number(headers?.get(headerNames.lastConsumerSequence));
    // A heartbeat comes only when nothing is left to deliver.
    if (last > this.#consumerSequence) this.#restart();
    else if (!this.#isAtEnd() && this.#target !== undefined) this.#reachEnd();
  }

  #isAtEnd(): boolean {
    return this.#caughtUp && !this.#sifting;
  }

  #reachEnd(): void {
    if (this.#sifting) return this.#restart(false);
    if (this.#caughtUp) return;
    this.#caughtUp = true;
    guarded(() => this.#reading.onCaughtUp());
  }

  #lookForSilence(): void {
    const now = Date.now();
    const late = now - this.#lookedAt > 3 * LOOK_MS;
    this.#lookedAt = now;
    // After a pause of this process the heartbeats are in the socket, still unread.
    if (!late && this.#connection.isUp && now - this.#heardAt > SILENCE_MS) this.#restart();
  }

  #restart(sift = this.#mustSift()): void {
    if (this.#stopped) return;
    this.#deleteConsumer();
    const generation = this.#generation + 1;
    this.#begin(sift).catch((error: Error) => {
      if (this.#stopped || generation !== this.#generation) return;
      if (isFinal(error)) this.#fail(error);
      else setTimeout(() => generation === this.#generation && this.#restart(), AGAIN_MS).unref();
    });
  }

  #fail(error: Error): void {
    if (this.#stopped) return;
    this.#release();
    this.#failure = error;
    if (this.#started) guarded(() => this.#reading.onError(error));
  }

  #release(): void {
    this.#stopped = true;
    this.#generation++;
    this.#unsubscribe();
    this.#unlisten();
    clearInterval(this.#look);
  }

  /** Only tidiness: without it the server drops the consumer after a while. */
  #deleteConsumer(): void {
    if (!this.#connection.isUp || this.#consumerName === "") return;
    this.#connection.nats.publish(`$JS.API.CONSUMER.DELETE.${this.#reading.stream}.${this.#consumerName}`);
    this.#consumerName = "";
  }
}

function isFinal(error: Error): boolean {
  return (
    error instanceof LogTruncatedError ||
    error instanceof PermissionMissingError ||
    error instanceof TransportClosedError ||
    isServerError(error, errorNumbers.streamNotFound)
  );
}
