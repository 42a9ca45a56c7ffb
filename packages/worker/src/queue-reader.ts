import type { AttemptConsumer, AttemptQueues, Delivery } from "@arpeggio/core";

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
  #ahead: AttemptConsumer | undefined;
  #aheadMax = 0;
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

  /** @param inHandMax how many deliveries it holds beyond what is usual */
  readAhead(inHandMax: number): Promise<void> {
    this.#changes = this.#changes.then(async () => {
      if (this.#isStopped || inHandMax === this.#aheadMax) return;
      await this.#endAhead();
      if (inHandMax > 0) this.#ahead = await this.#consume(inHandMax);
      this.#aheadMax = inHandMax;
    });
    return this.#changes;
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    // A start that is under way may take as long as its server is away.
    if (this.#consumer === undefined) this.#starting?.then(() => this.#consumer?.stop()).catch(() => {});
    await Promise.all([this.#consumer?.stop(), this.#changes.then(() => this.#endAhead())]);
  }

  async #endAhead(): Promise<void> {
    const ahead = this.#ahead;
    this.#ahead = undefined;
    this.#aheadMax = 0;
    await ahead?.stop();
  }

  #consume(inHandMax: number): Promise<AttemptConsumer> {
    const { queue, ackWaitMs, onDelivery } = this.#options;
    return this.#queues.consume(queue, { inHandMax, ackWaitMs }, onDelivery);
  }
}
