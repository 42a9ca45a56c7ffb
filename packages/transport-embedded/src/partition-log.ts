import { LogTruncatedError } from "@arpeggio/core";
import type { Claim, Clock, LogPlace, LogReader } from "@arpeggio/core";
import { guarded, type Turns } from "./turns.ts";

/** Messages that lie next to each other in memory, oldest first. */
interface Segment {
  /** Sequence of its first message. */
  readonly first: number;
  readonly bytes: Uint8Array;
  /** Where each message ends. */
  readonly ends: number[];
  readonly timestampsMs: number[];
  /** The keys whose claims are stored here. */
  readonly claims: string[];
  next: Segment | undefined;
}

/** Somebody who reads; stops when `isStopped` is set. */
export interface Reading {
  isStopped: boolean;
  readonly reader: LogReader;
  /** The first sequence that it wants. */
  readonly from: number;
  /** The last one that was stored when it began. */
  readonly target: number;
  isCaughtUp: boolean;
  segment: Segment;
  /** The next message in the segment. */
  index: number;
}

const SEGMENT_BYTES = 256 * 1024;
/** So many are handed over before the event loop gets its turn. */
const MESSAGES_PER_TURN = 4_096;

/**
 * One partition's messages in memory.
 *
 * It forgets whole segments, oldest first, when more than `bytesMax` are stored; but only below the owner's mark
 * ({@link mark}), so that nothing is lost that a new owner would have to read. Who is reading already is never cut off.
 */
export class PartitionLog {
  readonly #clock: Clock;
  readonly #turns: Turns;
  readonly #bytesMax: number;
  readonly #readings = new Set<Reading>();
  readonly #claims = new Map<string, Uint8Array>();
  #head: Segment = segmentFrom(1, SEGMENT_BYTES);
  #tail = this.#head;
  #last = 0;
  #timestampMs = 0;
  #bytes = 0;
  #mark = 0;
  #isPlanned = false;

  constructor(clock: Clock, turns: Turns, bytesMax: number) {
    this.#clock = clock;
    this.#turns = turns;
    this.#bytesMax = bytesMax;
  }

  append(message: Uint8Array): void {
    let segment = this.#tail;
    let from = segment.ends.at(-1) ?? 0;
    if (from + message.length > segment.bytes.length) {
      segment = segmentFrom(this.#last + 1, Math.max(SEGMENT_BYTES, message.length));
      from = 0;
      this.#tail.next = segment;
      this.#tail = segment;
      this.#forget();
    }
    segment.bytes.set(message, from);
    segment.ends.push(from + message.length);
    // A clock that is set back must not turn the order of events around.
    this.#timestampMs = Math.max(this.#timestampMs, this.#clock.now());
    segment.timestampsMs.push(this.#timestampMs);
    this.#last++;
    this.#bytes += message.length;
    if (this.#readings.size > 0) this.#plan();
  }

  claim(key: string, message: Uint8Array): Claim {
    const owner = this.#claims.get(key);
    if (owner !== undefined) return { claimed: false, message: new Uint8Array(owner) };
    this.append(message);
    const from = (this.#tail.ends.at(-1) as number) - message.length;
    this.#claims.set(key, this.#tail.bytes.subarray(from, from + message.length));
    this.#tail.claims.push(key);
    return { claimed: true };
  }

  /** @throws {@link LogTruncatedError} */
  read(from: number, reader: LogReader, seen?: LogPlace): Reading {
    if (from > this.#last + 1 || (seen !== undefined && this.#hasAnotherAt(seen)))
      throw new LogTruncatedError("the log in memory", Math.max(from, (seen?.sequence ?? 0) + 1), this.#last);
    const segment = this.#segmentOf(from);
    const index = Math.min(Math.max(0, from - segment.first), segment.ends.length);
    const reading = { isStopped: false, reader, from, target: this.#last, isCaughtUp: false, segment, index };
    this.#readings.add(reading);
    this.#plan();
    return reading;
  }

  stop(reading: Reading): void {
    reading.isStopped = true;
    this.#readings.delete(reading);
  }

  /** The owner needs no message up to this one any more. */
  mark(sequence: number): void {
    this.#mark = Math.max(this.#mark, sequence);
    this.#forget();
  }

  /** The segment in which a message lies; the first one for what is forgotten, the last one for what is still to come. */
  #segmentOf(sequence: number): Segment {
    let segment = this.#head;
    while (segment.next !== undefined && segment.next.first <= sequence) segment = segment.next;
    return segment;
  }

  /** Whether a message was never stored here, as far as that is not forgotten. */
  #hasAnotherAt({ sequence, timestampMs }: LogPlace): boolean {
    if (sequence > this.#last) return true;
    const { first, timestampsMs } = this.#segmentOf(sequence);
    return sequence >= first && timestampsMs[sequence - first] !== timestampMs;
  }

  #plan(): void {
    if (this.#isPlanned) return;
    this.#isPlanned = true;
    this.#turns.plan(this.#deliver);
  }

  readonly #deliver = () => {
    this.#isPlanned = false;
    // A copy: whoever begins to read in a callback is not told anything before `read` has answered.
    for (const reading of Array.from(this.#readings)) {
      // What callbacks append comes in the next turn.
      const end = Math.min(this.#last, reading.segment.first + reading.index + MESSAGES_PER_TURN - 1);
      guarded(() => handOver(reading, end), undefined);
      if (reading.segment.first + reading.index <= this.#last) this.#plan();
    }
  };

  #forget(): void {
    while (this.#bytes > this.#bytesMax) {
      const { next, ends, claims } = this.#head;
      if (next === undefined || next.first - 1 > this.#mark) return;
      this.#bytes -= ends.at(-1) ?? 0;
      for (const key of claims) this.#claims.delete(key);
      this.#head = next;
    }
  }
}

/** Everything up to the sequence `end`. Keeps its place if a callback throws. */
function handOver(reading: Reading, end: number): void {
  const { reader, from } = reading;
  for (;;) {
    if (reading.isStopped) return;
    const { segment, index } = reading;
    const sequence = segment.first + index;
    if (!reading.isCaughtUp && sequence > reading.target) {
      reading.isCaughtUp = true;
      reader.onCaughtUp();
    } else if (sequence > end) {
      return;
    } else if (index === segment.ends.length) {
      if (segment.next === undefined) return;
      reading.segment = segment.next;
      reading.index = 0;
    } else {
      reading.index++;
      if (sequence < from) continue;
      const start = index === 0 ? 0 : (segment.ends[index - 1] as number);
      reader.onMessage({
        sequence,
        timestampMs: segment.timestampsMs[index] as number,
        bytes: segment.bytes.subarray(start, segment.ends[index]),
      });
    }
  }
}

function segmentFrom(first: number, bytes: number): Segment {
  return { first, bytes: new Uint8Array(bytes), ends: [], timestampsMs: [], claims: [], next: undefined };
}
