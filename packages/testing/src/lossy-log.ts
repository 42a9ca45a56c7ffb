import { LogTruncatedError } from "@arpeggio/core";
import type { EventLog, LogPlace, LogReader } from "@arpeggio/core";
import { LossyIds } from "./lossy-ids.ts";

interface Reading {
  readonly reader: LogReader;
  /** The last message that it was handed. */
  handed: number;
  isOver: boolean;
}

interface Partition {
  /** What it has, in order: a message's sequence is its place here, from 1; `stored` is that in the log underneath. */
  readonly kept: { readonly stored: number; readonly timestampMs: number }[];
  /** By the sequence underneath; 0 for a message that is lost. */
  readonly sequences: number[];
  readonly readings: Set<Reading>;
}

/** A log that can lose its end: what is stored afterwards has the numbers of what is lost. */
export class LossyLog {
  readonly #partitions: readonly Partition[];
  readonly #claims: LossyIds;
  readonly #ids: LossyIds;

  constructor(nowMs: () => number, partitions: number) {
    this.#claims = new LossyIds(nowMs);
    this.#ids = new LossyIds(nowMs);
    this.#partitions = Array.from({ length: partitions }, () => ({ kept: [], sequences: [0], readings: new Set() }));
  }

  /** Has to hear of every message before others do. */
  async start(events: EventLog): Promise<void> {
    for (const [partition, { kept, sequences }] of this.#partitions.entries()) {
      const onMessage = ({ sequence: stored, timestampMs }: LogPlace) => {
        sequences[stored] = kept.push({ stored, timestampMs });
      };
      await events.read(partition, 0, { onMessage, onCaughtUp: () => {}, onError: () => {} });
    }
  }

  /** The log as everybody sees it. */
  of(events: EventLog): EventLog {
    return {
      partitions: events.partitions,
      append: (partition, message, options) => {
        const id = options?.id === undefined ? undefined : this.#ids.stored(options.id);
        return events.append(partition, message, id === undefined ? options : { ...options, id });
      },
      claim: (partition, key, message) => events.claim(partition, this.#claims.stored(key), message),
      read: async (number, from, reader, seen) => {
        const partition = this.#partitions[number] as Partition;
        const { kept, sequences, readings } = partition;
        if (from > kept.length + 1 || (seen !== undefined && hasAnotherAt(partition, seen)))
          throw new LogTruncatedError("the simulated log", Math.max(from, (seen?.sequence ?? 0) + 1), kept.length);
        const reading: Reading = { reader, handed: from - 1, isOver: false };
        readings.add(reading);
        const subscription = await events.read(number, kept[Math.max(0, from - 1)]?.stored ?? sequences.length, {
          onMessage: (message) => {
            const sequence = sequences[message.sequence] ?? 0;
            if (sequence === 0 || reading.isOver) return;
            reading.handed = sequence;
            reader.onMessage({ ...message, sequence });
          },
          onCaughtUp: () => {
            if (!reading.isOver) reader.onCaughtUp();
          },
          onError: (error) => reader.onError(error),
        });
        return {
          stop: () => {
            readings.delete(reading);
            return subscription.stop();
          },
        };
      },
    };
  }

  /** Loses what was stored after a moment. Whoever has read of that finds out. */
  lose(afterMs: number): void {
    this.#claims.lose(afterMs);
    this.#ids.lose(afterMs);
    for (const { kept, sequences, readings } of this.#partitions) {
      const first = kept.findIndex(({ timestampMs }) => timestampMs > afterMs);
      if (first < 0) continue;
      for (const { stored } of kept.splice(first)) sequences[stored] = 0;
      for (const reading of [...readings].filter(({ handed }) => handed > kept.length)) {
        reading.isOver = true;
        readings.delete(reading);
        reading.reader.onError(new LogTruncatedError("the simulated log", reading.handed + 1, kept.length));
      }
    }
  }
}

function hasAnotherAt({ kept }: Partition, { sequence, timestampMs }: LogPlace): boolean {
  return sequence > 0 && kept[sequence - 1]?.timestampMs !== timestampMs;
}
