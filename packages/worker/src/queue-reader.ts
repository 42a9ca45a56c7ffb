import type { AttemptConsumer, AttemptQueues, Delivery } from "@arpeggio/core";

/** How many attempts a queue may lend while they take next to no time. */
const BOOST_IN_HAND = 500;

export interface QueueReaderOptions {
  readonly queue: string;
  /** How many deliveries it holds at most as a rule. */
  readonly inHandMax: number;
  readonly ackWaitMs: number;
  readonly onDelivery: (delivery: Delivery) => void;
}

/**
 * Reads one queue. While attempts are short, a second consumer takes more of them at a time: then the way to the server and
 * back would be most of the time that each takes.
 */
export class QueueReader {
  readonly #queues: AttemptQueues;
  readonly #options: QueueReaderOptions;
  #consumer: AttemptConsumer | undefined;
  #starting: Promise<void> | undefined;
  #booster: AttemptConsumer | undefined;
  #isStopped = false;
  /** One change at a time. */
  #changes: Promise<void> = Promise.resolve();

  constructor(queues: AttemptQueues, options: QueueReaderOptions) {
    this.#queues = queues;
    this.#options = options;
  }

  /** Whether {@link start} has been called, and did not fail. */
  get isStarted(): boolean {
    return this.#starting !== undefined;
  }

  /** Begins to read. Called again, it is the same start, unless that failed. */
  start(): Promise<void> {
    this.#starting ??= this.#consume(this.#options.inHandMax).then(
      (consumer) => void (this.#consumer = consumer),
      (error: unknown) => {
        this.#starting = undefined;
        throw error;
      },
    );
    return this.#starting;
  }

  setBoosted(isBoosted: boolean): Promise<void> {
    this.#changes = this.#changes.then(async () => {
      if (this.#isStopped || isBoosted === (this.#booster !== undefined)) return;
      if (isBoosted) this.#booster = await this.#consume(BOOST_IN_HAND);
      else await this.#endBoost();
    });
    return this.#changes;
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    // A start that is under way may take as long as its server is away.
    if (this.#consumer === undefined) this.#starting?.then(() => this.#consumer?.stop()).catch(() => {});
    await Promise.all([this.#consumer?.stop(), this.#changes.then(() => this.#endBoost())]);
  }

  async #endBoost(): Promise<void> {
    const booster = this.#booster;
    this.#booster = undefined;
    await booster?.stop();
  }

  #consume(inHandMax: number): Promise<AttemptConsumer> {
    const { queue, ackWaitMs, onDelivery } = this.#options;
    return this.#queues.consume(queue, { inHandMax, ackWaitMs }, onDelivery);
  }
}
