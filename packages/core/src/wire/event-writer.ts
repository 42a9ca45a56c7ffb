import { ArpeggioError } from "../errors/arpeggio-error.ts";
import type { AppendOptions, EventLog, EventOrigin } from "../transport/event-log.ts";
import { joined } from "./msgpack-header.ts";

/** An event was to be written after the writer was closed. */
export class EventWriterClosedError extends ArpeggioError {
  override readonly name = "EventWriterClosedError";
  readonly code = "EVENT_WRITER_CLOSED";
  readonly hint = "The client, worker or coordinator that owns it was closed: finish what it does first.";
  constructor(partition: number) {
    super(`an event for partition ${partition} was written after the writer was closed`);
  }
}

export interface EventWriterOptions {
  /**
   * When a pack is sent: `microtask` at the end of the current turn (least delay), `immediate` after all I/O of the
   * turn has been handled (largest packs). Never later: there is no timer.
   */
  readonly schedule: "microtask" | "immediate";
  /**
   * The most that is packed into one message, in bytes; an event that is larger goes alone.
   *
   * @defaultValue `60_000`
   */
  readonly bytesMax?: number;
  /**
   * Gives each pack a dedupe id that begins with this, so that a pack whose answer was lost is stored once. Must be
   * different for every writer, e.g. a `randomToken()`.
   */
  readonly idPrefix?: string;
  /** Who writes; see {@link AppendOptions.origin}. */
  readonly origin?: EventOrigin;
}

/** Appends events to the log, those of one turn of the event loop together. */
export interface EventWriter {
  /**
   * Adds a whole frame (`encodeEvent`), which must not change any more. Resolves when it is durable; all writes of one
   * pack settle together. Events of one partition keep their order.
   *
   * @throws {@link EventWriterClosedError} and whatever `EventLog.append` throws.
   */
  write(partition: number, frame: Uint8Array): Promise<void>;
  /** The same for who writes a lot: `onSettled` is called with undefined when it is durable, or with the error. */
  writeThen(partition: number, frame: Uint8Array, onSettled: (error: unknown) => void): void;
  /** Sends what is gathered now; resolves when everything written so far has settled, well or badly. */
  flush(): Promise<void>;
  /** The same, and takes no more. */
  close(): Promise<void>;
}

interface Pack {
  readonly frames: Uint8Array[];
  readonly listeners: ((error: unknown) => void)[];
  bytes: number;
  readonly done: Promise<void>;
  readonly settle: (outcome: Promise<void>) => void;
}

const BYTES_MAX = 60_000;

export function createEventWriter(log: EventLog, options: EventWriterOptions): EventWriter {
  const { schedule, bytesMax = BYTES_MAX, idPrefix, origin } = options;
  const packs = new Map<number, Pack>();
  const unsettled = new Set<Promise<unknown>>();
  let isScheduled = false;
  let isClosed = false;
  let count = 0;

  const isPlain = idPrefix === undefined && origin === undefined;
  const appendOptions = (): AppendOptions => ({
    ...(idPrefix === undefined ? {} : { id: `${idPrefix}-${count++}` }),
    ...(origin === undefined ? {} : { origin }),
  });

  const sendAll = () => {
    isScheduled = false;
    for (const [partition, pack] of packs) send(partition, pack);
  };

  const send = (partition: number, pack: Pack) => {
    packs.delete(partition);
    const message = pack.frames.length === 1 ? (pack.frames[0] as Uint8Array) : joined(pack.frames);
    const appending = isPlain ? undefined : appendOptions();
    // Called at once, even if it throws at once: the order of the calls is the order of the log.
    pack.settle((async () => log.append(partition, message, appending))());
    const tell = (error: unknown) => {
      unsettled.delete(settled);
      for (const listener of pack.listeners) listener(error);
    };
    const settled: Promise<void> = pack.done.then(tell, tell);
    unsettled.add(settled);
  };

  const flush = async () => {
    sendAll();
    await Promise.all(unsettled);
  };

  const packed = (partition: number, frame: Uint8Array): Pack => {
    let pack = packs.get(partition);
    if (pack !== undefined && pack.bytes + frame.length > bytesMax) {
      send(partition, pack);
      pack = undefined;
    }
    if (pack === undefined) {
      pack = createPack();
      packs.set(partition, pack);
      if (!isScheduled) {
        isScheduled = true;
        if (schedule === "microtask") queueMicrotask(sendAll);
        else setImmediate(sendAll);
      }
    }
    pack.frames.push(frame);
    pack.bytes += frame.length;
    return pack;
  };

  return {
    write: (partition, frame) =>
      isClosed ? Promise.reject(new EventWriterClosedError(partition)) : packed(partition, frame).done,
    writeThen(partition, frame, onSettled) {
      if (isClosed) onSettled(new EventWriterClosedError(partition));
      else packed(partition, frame).listeners.push(onSettled);
    },
    flush,
    async close() {
      isClosed = true;
      await flush();
    },
  };
}

function createPack(): Pack {
  let settle!: (outcome: Promise<void>) => void;
  const done = new Promise<void>((resolve) => (settle = resolve));
  return { frames: [], listeners: [], bytes: 0, done, settle };
}
