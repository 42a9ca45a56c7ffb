import type { AttemptConsumer, ConsumeOptions, Delivery } from "@arpeggio/core";
import type { Msg } from "@nats-io/nats-core";
import { guarded, type Connection } from "./connection.ts";
import type { ConsumerRepair, ConsumerRepairOptions } from "./consumer-repair.ts";
import { NatsDelivery } from "./delivery.ts";
import { bands, priorityOfAttempt, type Band, type Names } from "./names.ts";
import { Pull, type PullEnd } from "./pull.ts";

/** One band of the queue: its consumer on the server and the requests that are open there. */
interface Lane {
  readonly band: Band;
  readonly consumer: string;
  readonly pulls: Set<Pull>;
  readonly repair: ConsumerRepair;
  /** Its consumer is being looked after; nothing is asked of it meanwhile. */
  mending: boolean;
  failures: number;
}

export interface QueueReading {
  readonly queue: string;
  readonly options: ConsumeOptions;
  readonly names: Names;
  /** Creates a band's consumer if it is not there. */
  ensure(band: Band): Promise<void>;
  /** What puts a band's consumer right. */
  repairOf(band: Band, by: Pick<ConsumerRepairOptions, "wake" | "onRenewed">): ConsumerRepair;
  onDelivery(delivery: Delivery): void;
  onWarning(message: string): void;
}

/** Short enough that a server which vanished without a word is noticed. */
const WAIT_MS = 5_000;
const LOOK_MS = 500;
const MEND_MS_MAX = 2_000;
/** For a request that is to wake the consumer. */
const WAKING_MS = 1;

/**
 * Takes deliveries of a queue's three bands.
 *
 * While there is room, a request for messages is open at every band, and what comes is handed over at once. When the
 * hands are full, all requests are withdrawn; when there is room again, the bands are swept from the highest down for
 * what is there, and only after an empty sweep the requests are opened again. So a full queue is worked off by
 * priority, and an idle one delivers without delay.
 */
export class PullingConsumer implements AttemptConsumer {
  readonly #connection: Connection;
  readonly #reading: QueueReading;
  readonly #lanes: readonly Lane[];
  /** Arrived and not handed over yet, in no order. */
  #arrived: NatsDelivery[] = [];
  #handed = 0;
  /** The last sweep found no more than there was room for. */
  #swept = false;
  #sweep: Pull | undefined;
  #handOverPlanned = false;
  #stopped = false;
  #lookedAt = Date.now();
  readonly #timer: NodeJS.Timeout;
  readonly #unlisten: () => void;

  constructor(connection: Connection, reading: QueueReading) {
    this.#connection = connection;
    this.#reading = reading;
    this.#lanes = bands.map((band) => {
      const lane: Lane = {
        band,
        consumer: reading.names.attempts.consumer(reading.queue, band),
        pulls: new Set(),
        repair: reading.repairOf(band, { wake: () => this.#wake(lane), onRenewed: () => this.#askAnew() }),
        mending: false,
        failures: 0,
      };
      return lane;
    });
    this.#unlisten = connection.listen({
      onDisconnect: () => this.#forgetPulls(),
      onReconnect: () => this.#begin(),
      onClosed: () => this.#end(),
    });
    this.#timer = setInterval(() => this.#look(), LOOK_MS).unref();
  }

  /** Resolves when the queue's consumers are there; deliveries may come from then on. */
  async start(): Promise<void> {
    try {
      await Promise.all(this.#lanes.map(({ band }) => this.#reading.ensure(band)));
    } catch (error) {
      this.#end();
      throw error;
    }
    this.#begin();
  }

  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#end();
    await this.#cancelAll();
    for (const delivery of this.#arrived.splice(0)) delivery.release(0);
    this.#connection.hurry();
    if (this.#connection.isUp) await this.#connection.nats.flush().catch(() => {});
  }

  /** Goes to work on a connection. */
  #begin(): void {
    this.#pump();
    for (const { repair } of this.#lanes) void repair.afterCrash();
  }

  /** Asks for what there is room for. Called whenever something may have changed. */
  #pump(): void {
    if (this.#stopped || !this.#connection.isUp) return;
    const room = this.#room();
    if (room <= 0) {
      this.#swept = false;
      void this.#cancelAll();
    } else if (!this.#swept) {
      if (!this.#sweep) this.#sweepFrom(0);
    } else {
      for (const lane of this.#lanes) this.#keepOpen(lane, room);
    }
  }

  #room(): number {
    return this.#reading.options.inHandMax - this.#handed - this.#arrived.length;
  }

  #sweepFrom(index: number): void {
    const lane = this.#lanes[index];
    const room = this.#room();
    if (!lane || room <= 0) {
      this.#swept = room > 0;
      return this.#pump();
    }
    if (lane.mending) return this.#sweepFrom(index + 1);
    this.#sweep = this.#open(lane, room, 0, () => {
      this.#sweep = undefined;
      if (!this.#stopped) this.#sweepFrom(index + 1);
    });
  }

  #keepOpen(lane: Lane, room: number): void {
    if (lane.mending) return;
    let asked = 0;
    for (const pull of lane.pulls) asked += pull.remaining;
    // Renewed in halves: one request for several messages, and never more than two open.
    if (asked > room / 2) return;
    const pull = this.#open(lane, room - asked, WAIT_MS, (end) => {
      if (end === "empty" && pull.remaining === room - asked) void lane.repair.inSilence();
      this.#pump();
    });
  }

  #wake(lane: Lane): void {
    if (!this.#stopped && this.#connection.isUp) this.#open(lane, 1, WAKING_MS, () => {});
  }

  #askAnew(): void {
    void this.#cancelAll();
    this.#pump();
  }

  #open(lane: Lane, batch: number, waitMs: number, next: (end: PullEnd) => void): Pull {
    // What is acknowledged is gone before more is asked for.
    this.#connection.hurry();
    const pull = new Pull(this.#connection, {
      stream: this.#reading.names.attempts.stream,
      consumer: lane.consumer,
      batch,
      waitMs,
      onMessage: (message) => this.#arrive(message),
      onEnd: (end) => {
        lane.pulls.delete(pull);
        this.#ended(lane, end);
        next(end);
      },
    });
    lane.pulls.add(pull);
    return pull;
  }

  #ended(lane: Lane, end: PullEnd): void {
    if (end === "filled" || end === "empty") lane.failures = 0;
    else void this.#mend(lane, end);
  }

  #arrive(message: Msg): void {
    const priority = priorityOfAttempt(message.subject);
    const delivery = new NatsDelivery(this.#connection, message, priority, () => {
      this.#handed--;
      this.#planHandOver();
    });
    this.#arrived.push(delivery);
    this.#planHandOver();
  }

  /** At the end of this turn, when all that came in one read of the socket is at hand. */
  #planHandOver(): void {
    if (this.#handOverPlanned) return;
    this.#handOverPlanned = true;
    queueMicrotask(() => {
      this.#handOverPlanned = false;
      this.#handOver();
      this.#pump();
    });
  }

  #handOver(): void {
    if (this.#stopped || this.#arrived.length === 0) return;
    const free = this.#reading.options.inHandMax - this.#handed;
    if (free <= 0) return;
    const best = this.#arrived.sort((a, b) => b.priority - a.priority || a.sequence - b.sequence).splice(0, free);
    this.#handed += best.length;
    for (const delivery of best) guarded(() => this.#reading.onDelivery(delivery));
  }

  #look(): void {
    const now = Date.now();
    const late = now - this.#lookedAt > 3 * LOOK_MS;
    this.#lookedAt = now;
    // After a pause of this process the server's words are in the socket, still unread.
    if (late) return;
    for (const lane of this.#lanes) {
      for (const pull of lane.pulls) {
        if (!pull.isOverdue(now) || !this.#connection.isUp) continue;
        void pull.cancel();
        lane.pulls.delete(pull);
        if (this.#sweep === pull) this.#sweep = undefined;
        void this.#mend(lane, "missing");
        void lane.repair.inSilence();
      }
    }
    // Two bands may fill the room at once. What then finds no free hand for long must not wait for this process alone.
    const patienceMs = this.#reading.options.ackWaitMs / 3;
    const waiting = this.#arrived;
    this.#arrived = waiting.filter((delivery) => now - delivery.arrivedAt <= patienceMs);
    for (const delivery of waiting) if (!this.#arrived.includes(delivery)) this.#giveBack(delivery);
    this.#pump();
  }

  #giveBack(delivery: NatsDelivery): void {
    // Its settling counts as that of a delivery in hand.
    this.#handed++;
    delivery.release(0);
  }

  async #mend(lane: Lane, end: PullEnd): Promise<void> {
    if (lane.mending || this.#stopped) return;
    lane.mending = true;
    lane.failures++;
    try {
      // What a coordinator makes anew is gone for a moment.
      if (end === "missing" && !lane.repair.isWaiting) await this.#reading.ensure(lane.band);
    } catch (error) {
      if (this.#stopped) return;
      const message = `queue '${this.#reading.queue}' cannot be read: ${(error as Error).message}`;
      guarded(() => this.#reading.onWarning(message));
    }
    // The first time at once: most of the time the consumer was just there again.
    const delayMs = lane.failures === 1 ? 0 : Math.min(MEND_MS_MAX, 50 * 2 ** lane.failures);
    setTimeout(() => {
      lane.mending = false;
      this.#pump();
    }, delayMs).unref();
  }

  /**
   * The open requests end with the connection. Their inboxes must not be renewed with the next one: a server that was
   * not restarted would still send messages there.
   */
  #forgetPulls(): void {
    for (const lane of this.#lanes) {
      for (const pull of lane.pulls) pull.drop();
      lane.pulls.clear();
    }
    this.#sweep = undefined;
    this.#swept = false;
  }

  async #cancelAll(): Promise<void> {
    const open: Promise<void>[] = [];
    for (const lane of this.#lanes) {
      for (const pull of lane.pulls) open.push(pull.cancel());
      lane.pulls.clear();
    }
    this.#sweep = undefined;
    await Promise.all(open);
  }

  #end(): void {
    this.#stopped = true;
    for (const { repair } of this.#lanes) repair.stop();
    clearInterval(this.#timer);
    this.#unlisten();
  }
}
