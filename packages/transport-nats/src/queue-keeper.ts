import type { PassedOverJudge, Subscription } from "@arpeggio/core";
import type { ServerInfo } from "@nats-io/nats-core";
import { guarded, isVersionAtLeast, type Connection } from "./connection.ts";
import { SOUND_FROM_VERSION } from "./consumer-repair.ts";
import { errorNumbers, isServerError, type JetStreamApi } from "./jetstream-api.ts";
import { bands, type Names } from "./names.ts";
import { PassedMessages } from "./passed-messages.ts";

export interface QueueKeeperOptions {
  readonly names: Names;
  readonly replicas: number;
  readonly onWarning: (message: string) => void;
}

interface ConsumerInfo {
  readonly name: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly delivered: { readonly stream_seq: number };
  readonly ack_floor: { readonly stream_seq: number };
}

interface StreamState {
  readonly first_seq: number;
  readonly last_seq: number;
}

/** A look at the server, and what is known of it from the looks before. */
interface Look {
  readonly connected: ServerInfo | undefined;
  /** Since when something has been as it is, in milliseconds since 1970. */
  readonly since: (what: string) => number;
}

const EVERY_MS = 60_000;
/**
 * Until the second look. A new leader of the stream has caught up by then, and the other coordinators have removed what their runs
 * do not want any more.
 */
const SECOND_MS = 500;
/** Somebody who deletes a queue's consumers by hand has done so by then. */
const INCOMPLETE_MS = 10_000;

/**
 * Sees to it that old servers deliver what `ARP_TASKS` holds, after they were killed. Only who knows the log can: it runs in coordinators.
 *
 * A server that is killed while the stream is empty may forget how far it has counted, and one whose power goes may lose the stream's
 * end. The consumers have not forgotten, and leave out what has the old numbers.
 *
 * - While a consumer has read on beyond the end of the stream, it delivers nothing. It is made anew, by one process, and then reads
 *   all that is stored.
 * - When the stream has grown beyond that number, the consumer goes on behind it, and what it has left out lies below its ack floor. In a work queue
 *   nothing else can lie there, but for what was acknowledged: a killed server may have it again. Both look the same; whether its run still waits for
 *   it makes the difference. What is wanted is stored again at the end of the queue, and what lies there is removed.
 *
 * What lies between the ack floor and what was delivered last is left alone until the floor has come by it: most of it is in workers' hands.
 */
export class QueueKeeper implements Subscription {
  readonly #connection: Connection;
  readonly #api: JetStreamApi;
  readonly #options: QueueKeeperOptions;
  readonly #judge: PassedOverJudge;
  readonly #passed: PassedMessages;
  readonly #unlisten: () => void;
  /** Since when what was wrong at the last look has been so. */
  #wrong: ReadonlyMap<string, number> = new Map();
  #isLooking = false;
  /** The server may have been killed while it was looked. */
  #isDue = false;
  #isStopped = false;
  /** Looks in a row that found something wrong. */
  #tries = 0;
  #timer: NodeJS.Timeout | undefined;
  #warned = "";

  constructor(connection: Connection, api: JetStreamApi, options: QueueKeeperOptions, judge: PassedOverJudge) {
    this.#connection = connection;
    this.#api = api;
    this.#options = options;
    this.#judge = judge;
    this.#passed = new PassedMessages({ api, judge, ...options });
    this.#unlisten = connection.listen({ onReconnect: () => this.#hurry(), onClosed: () => void this.stop() });
    void this.#look();
  }

  stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    this.#unlisten();
    return Promise.resolve();
  }

  /** The server may have been killed. */
  #hurry(): void {
    this.#tries = 0;
    this.#wrong = new Map();
    this.#isDue = true;
    clearTimeout(this.#timer);
    void this.#look();
  }

  async #look(): Promise<void> {
    if (this.#isLooking || this.#isStopped) return;
    this.#isLooking = true;
    this.#isDue = false;
    let isSound = false;
    try {
      isSound = await this.#isEachSound();
      if (isSound) this.#warned = "";
    } catch (error) {
      if (this.#connection.isUp) this.#warn(`queues may stand still: ${(error as Error).message}`);
    }
    this.#isLooking = false;
    if (this.#isStopped) return;
    const pauseMs = isSound ? EVERY_MS : Math.min(EVERY_MS, SECOND_MS * 2 ** this.#tries);
    const delayMs = this.#isDue ? 0 : pauseMs;
    this.#tries = isSound ? 0 : this.#tries + 1;
    this.#timer = setTimeout(() => void this.#look(), delayMs).unref();
  }

  /** Puts right what can be put right now, and tells whether all was well. */
  async #isEachSound(): Promise<boolean> {
    const { info: connected } = this.#connection.nats;
    if (isVersionAtLeast(connected?.version ?? "", SOUND_FROM_VERSION)) return true;
    const wrong = new Map<string, number>();
    const since = (what: string) => {
      const sinceMs = this.#wrong.get(what) ?? Date.now();
      wrong.set(what, sinceMs);
      return sinceMs;
    };
    const look: Look = { connected, since };
    const consumers = await this.#consumers();
    // What is stored after the consumers were asked for makes the stream's number larger, so it has to be asked for second.
    const state = await this.#state();
    for (const consumer of consumers) await this.#see(consumer, state, look);
    if (this.#judge.isFirst) await this.#complete(consumers, look);
    // Something else may have come between the looks.
    if (this.#connection.nats.info === connected) this.#wrong = wrong;
    return wrong.size === 0;
  }

  async #see(consumer: ConsumerInfo, state: StreamState, look: Look): Promise<void> {
    const { name, delivered, ack_floor: floor } = consumer;
    const isAhead = delivered.stream_seq > state.last_seq;
    const upTo = isAhead ? state.last_seq : floor.stream_seq;
    const part = { consumer: name, upTo, isReadAnew: isAhead, isSame: () => this.#isSame(look) };
    const left = state.first_seq <= upTo ? await this.#passed.settle(part) : [];
    for (const sequence of left) look.since(`message ${sequence} passed over`);
    if (!isAhead) return;
    // It delivers nothing meanwhile: one that has read on was only ahead of what a new leader has told.
    const aheadMs = Date.now() - look.since(`${name} ahead at ${delivered.stream_seq}`);
    if (aheadMs >= SECOND_MS && this.#judge.isFirst) await this.#makeAnew(consumer, look);
  }

  async #makeAnew({ name, config }: ConsumerInfo, look: Look): Promise<void> {
    const { names } = this.#options;
    const { stream } = names.attempts;
    // Another one may have done it while messages were judged.
    const { delivered } = await this.#api.call<ConsumerInfo>(`CONSUMER.INFO.${stream}.${name}`);
    if (delivered.stream_seq <= (await this.#state()).last_seq || !this.#isSame(look)) return;
    try {
      await this.#api.callOnce(`CONSUMER.DELETE.${stream}.${name}`);
    } catch (error) {
      if (!isServerError(error, errorNumbers.consumerNotFound)) throw error;
    }
    await this.#create(name, config);
    this.#warn(
      `queue '${names.attempts.laneOf(name)?.queue}' is read anew: the server has forgotten how far '${stream}' had counted, and '${name}' had not`,
    );
  }

  /** One who died while making a consumer anew has left its queue without it, and workers may not be allowed to create it. */
  async #complete(consumers: readonly ConsumerInfo[], look: Look): Promise<void> {
    const { attempts } = this.#options.names;
    const there = new Map(consumers.map((consumer) => [consumer.name, consumer]));
    for (const { name, config } of consumers) {
      const queue = attempts.laneOf(name)?.queue ?? "";
      for (const band of bands) {
        const missing = attempts.consumer(queue, band);
        if (there.has(missing) || Date.now() - look.since(`${missing} missing`) < INCOMPLETE_MS) continue;
        await this.#create(missing, { ...config, durable_name: missing, filter_subject: attempts.ofBand(queue, band) });
      }
    }
  }

  async #create(name: string, config: Readonly<Record<string, unknown>>): Promise<void> {
    const { stream } = this.#options.names.attempts;
    try {
      await this.#api.call(`CONSUMER.DURABLE.CREATE.${stream}.${name}`, { stream_name: stream, config });
    } catch (error) {
      // A worker that may do so has created it.
      const there = await this.#api.call(`CONSUMER.INFO.${stream}.${name}`).catch(() => undefined);
      if (there === undefined) throw error;
    }
  }

  /** Those of queues. The server gives some hundred at a time. */
  async #consumers(): Promise<readonly ConsumerInfo[]> {
    const { stream, laneOf } = this.#options.names.attempts;
    let found: readonly ConsumerInfo[] = [];
    for (let offset = 0; ;) {
      const page = await this.#api.call<{ total: number; consumers: ConsumerInfo[] | null }>(
        `CONSUMER.LIST.${stream}`,
        { offset },
      );
      const consumers = page.consumers ?? [];
      found = found.concat(consumers.filter(({ name }) => laneOf(name) !== undefined));
      offset += consumers.length;
      if (consumers.length === 0 || offset >= page.total) return found;
    }
  }

  async #state(): Promise<StreamState> {
    const { stream } = this.#options.names.attempts;
    return (await this.#api.call<{ state: StreamState }>(`STREAM.INFO.${stream}`)).state;
  }

  /** Whether it is still the server that was looked at, as far as the connection tells. */
  #isSame({ connected }: Look): boolean {
    return this.#connection.isUp && this.#connection.nats.info === connected && !this.#isStopped;
  }

  /** Once of what stays as it is. */
  #warn(what: string): void {
    if (what === this.#warned) return;
    this.#warned = what;
    guarded(() => this.#options.onWarning(what));
  }
}
