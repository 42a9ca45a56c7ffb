import { LogTruncatedError } from "@arpeggio/core";
import type { EventLog, LogMessage, LogPlace, LogReader, Subscription, Transport } from "@arpeggio/core";
import { gate, withEvents } from "./faulty.ts";

/** The first and the last message that is lost. */
export interface Lost {
  readonly from: number;
  readonly to: number;
}

/** A log that loses some messages, as its server comes back with an older one: what is stored later gets their numbers. */
export class CutLog {
  #lost: Lost | undefined;
  #reader: LogReader | undefined;

  /** The transport as somebody sees it who reads this log. */
  of(transport: Transport): Partial<Transport> {
    const { events } = transport;
    return withEvents(transport, {
      read: (partition, from, reader, seen) => {
        if (this.#lost !== undefined) return readWithout(events, this.#lost, [partition, from, reader, seen]);
        this.#reader = reader;
        return events.read(partition, from, reader, seen);
      },
    });
  }

  /** Whoever reads it finds out when it comes back. */
  lose(lost: Lost): void {
    this.#lost = lost;
    this.#reader?.onError(new LogTruncatedError("the cut log", lost.to + 1, lost.from - 1));
  }
}

async function readWithout(
  events: EventLog,
  { from: first, to }: Lost,
  [partition, from, reader, seen]: Parameters<EventLog["read"]>,
): Promise<Subscription> {
  const count = to - first + 1;
  const renumbered = (other: LogReader): LogReader => ({
    ...other,
    onMessage: ({ sequence, timestampMs, bytes }: LogMessage) => {
      if (sequence >= first && sequence <= to) return;
      other.onMessage({ sequence: sequence < first ? sequence : sequence - count, timestampMs, bytes });
    },
  });
  const there: LogPlace[] = [];
  const all = gate();
  const onMessage = ({ sequence, timestampMs }: LogPlace) => void there.push({ sequence, timestampMs });
  const look = renumbered({ onMessage, onCaughtUp: all.open, onError: () => {} });
  const looking = await events.read(partition, 0, look);
  await all.opened;
  await looking.stop();
  const last = there.at(-1)?.sequence ?? 0;
  const isSeen = (one: LogPlace) => one.sequence === seen?.sequence && one.timestampMs === seen.timestampMs;
  if (from > last + 1 || (seen !== undefined && !there.some(isSeen)))
    throw new LogTruncatedError("the cut log", Math.max(from, (seen?.sequence ?? 0) + 1), last);
  return events.read(partition, from < first ? from : from + count, renumbered(reader));
}
