import { checkedMethods, checkedOptions, OptionInvalidError, systemClock, type Clock } from "@arpeggio/core";

/** Options of {@link createEmbeddedTransport} and {@link embedded}. */
export interface EmbeddedOptions {
  /** How many partitions the event log has, 1 to 256. One is the fastest in one process. @defaultValue `1` */
  readonly partitions?: number;
  /** Where time comes from: give tests a `manualClock()`. @defaultValue `systemClock` */
  readonly clock?: Clock;
  /** The largest message, in bytes; at least 1,024. NATS's own default, so that what works here works there. @defaultValue `1_048_576` */
  readonly messageBytesMax?: number;
  /** Values above this travel as blobs, in bytes; at most `messageBytesMax`. @defaultValue `131_072` */
  readonly inlineBytesMax?: number;
  /**
   * How much of each partition's log is kept for nobody in particular, in bytes. Above it, messages that the partition's
   * owner has marked as done with are dropped, in steps of 256 KiB; everything else is kept whatever it takes. A key
   * that was claimed is free again when its message is dropped.
   *
   * @defaultValue `16_777_216`
   */
  readonly logBytesMax?: number;
  /**
   * How many attempts all queues together hold at most; further ones wait with their coordinator, and starts of runs are refused
   * with `QUEUE_FULL` meanwhile.
   *
   * @defaultValue no limit
   */
  readonly queueMessagesMax?: number;
  /** How many outcomes of runs are kept; the newest ones. @defaultValue `100_000` */
  readonly resultsMax?: number;
  /** How many dead letters are kept; the newest ones. @defaultValue `10_000` */
  readonly deadLettersMax?: number;
  /** How much all blobs may take together, in bytes; above it the oldest are dropped. @defaultValue `536_870_912` */
  readonly blobBytesMax?: number;
  /**
   * How long ids are remembered that make repeated appends and publishes harmless, in milliseconds.
   *
   * @defaultValue `120_000`
   */
  readonly dedupeMs?: number;
  /**
   * How many of these ids at least are remembered before the oldest are forgotten early.
   *
   * @defaultValue `100_000`
   */
  readonly dedupeIdsMax?: number;
}

export type EmbeddedSettings = Required<EmbeddedOptions>;

type Limits = Record<Exclude<keyof EmbeddedOptions, "clock">, readonly [fallback: number, min: number, max: number]>;

const MAX = Number.MAX_SAFE_INTEGER;
const limits: Limits = {
  partitions: [1, 1, 256],
  messageBytesMax: [1024 * 1024, 1024, 2 ** 30],
  inlineBytesMax: [128 * 1024, 1, 2 ** 30],
  logBytesMax: [16 * 1024 * 1024, 0, MAX],
  queueMessagesMax: [MAX, 1, MAX],
  resultsMax: [100_000, 1, MAX],
  deadLettersMax: [10_000, 1, MAX],
  blobBytesMax: [512 * 1024 * 1024, 0, MAX],
  dedupeMs: [120_000, 1, MAX],
  dedupeIdsMax: [100_000, 1, 8_000_000],
};

/** The options with every gap filled. @throws OptionInvalidError */
export function settingsOf(options: EmbeddedOptions): EmbeddedSettings {
  checkedOptions("the options of embedded()", options, ["clock", ...Object.keys(limits)]);
  const numbers = {} as Record<keyof Limits, number>;
  for (const [name, [fallback, min, max]] of Object.entries(limits) as [keyof Limits, Limits[keyof Limits]][]) {
    const value = options[name] ?? fallback;
    if (!Number.isSafeInteger(value) || value < min || value > max) {
      throw new OptionInvalidError(name, value, `a whole number from ${min} to ${max}`);
    }
    numbers[name] = value;
  }
  if (numbers.inlineBytesMax > numbers.messageBytesMax) {
    throw new OptionInvalidError("inlineBytesMax", numbers.inlineBytesMax, `at most ${numbers.messageBytesMax}`);
  }
  return { ...numbers, clock: checkedMethods("clock", options.clock ?? systemClock, ["now", "after"]) };
}
