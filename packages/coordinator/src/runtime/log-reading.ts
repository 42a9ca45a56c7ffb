import { LogTruncatedError } from "@arpeggio/core";
import type { LogMessage, LogPlace, LogReader, Subscription, Transport } from "@arpeggio/core";
import type { CoordinatorLogger } from "./logger.ts";
import { untilRead } from "./plan-loader.ts";

export interface LogReadingOptions {
  readonly transport: Transport;
  readonly partition: number;
  readonly log: CoordinatorLogger;
  readonly onMessage: (message: LogMessage) => void;
  /** Everything that was there when reading began, or went on, has been handed over. */
  readonly onCaughtUp: () => void;
  /** The log can no longer be read. */
  readonly onError: (error: Error) => void;
}

/**
 * Reads the log of a partition, with rests: whoever cannot take more lets it wait where it is kept anyway, and goes on behind
 * the last message that was taken.
 */
export class LogReading {
  readonly #options: LogReadingOptions;
  #subscription: Subscription | undefined;
  /** Counts readings: what an earlier one still brings is not taken, and comes again. */
  #number = 0;
  #isCaughtUp = false;
  #isResting = false;
  #isStopped = false;

  constructor(options: LogReadingOptions) {
    this.#options = options;
  }

  /** Whether everything that was in the log when reading began has been handed over. */
  get isCaughtUp(): boolean {
    return this.#isCaughtUp;
  }

  get isResting(): boolean {
    return this.#isResting;
  }

  /** Resolves when messages come. @throws {@link LogTruncatedError} */
  begin(from: number, seen: LogPlace | undefined): Promise<void> {
    const { transport, log } = this.#options;
    return untilRead(transport.clock, log, () => this.#begin(from, seen), isLogCut);
  }

  rest(): void {
    if (this.#isResting || this.#isStopped) return;
    const { partition, log } = this.#options;
    log.info(`the log of partition ${partition} is not read further until what was read has been folded`);
    this.#isResting = true;
    this.#isCaughtUp = false;
    this.#number++;
    void this.#end();
  }

  /** Goes on behind a message. */
  goOn(last: LogPlace): void {
    this.#isResting = false;
    this.begin(last.sequence + 1, last).catch((error: Error) => {
      if (!this.#isStopped) this.#options.onError(error);
    });
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#number++;
    await this.#end();
  }

  async #begin(from: number, seen: LogPlace | undefined): Promise<void> {
    if (this.#isStopped) return;
    const { transport, partition, onMessage, onCaughtUp, onError } = this.#options;
    const number = ++this.#number;
    const reader: LogReader = {
      onMessage: (message) => {
        if (number === this.#number) onMessage(message);
      },
      onCaughtUp: () => {
        if (number !== this.#number) return;
        this.#isCaughtUp = true;
        onCaughtUp();
      },
      onError: (error) => {
        if (number === this.#number) onError(error);
      },
    };
    const subscription = await transport.events.read(partition, from, reader, seen);
    // It may have brought more than could be taken before it was there to be stopped.
    if (number === this.#number) this.#subscription = subscription;
    else await subscription.stop();
  }

  async #end(): Promise<void> {
    const { log } = this.#options;
    const ending = this.#subscription;
    this.#subscription = undefined;
    await ending?.stop().catch((error: unknown) => log.warn("a subscription was not ended", error));
  }
}

export function isLogCut(error: unknown): error is LogTruncatedError {
  return error instanceof LogTruncatedError;
}
