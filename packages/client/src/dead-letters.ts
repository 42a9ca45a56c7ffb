import {
  checkedOptions,
  decodeAttempt,
  decodeDeadLetter,
  decodeOutcome,
  isArpeggioError,
  OptionInvalidError,
  partitionOf,
  randomToken,
  readEvents,
  stepDefaults,
} from "@arpeggio/core";
import type { AttemptRecord, DeadLetterRecord, EventOrigin, RunEvent, Transport } from "@arpeggio/core";
import { DeadLetterNotFoundError, DeadLetterNotRequeuableError } from "./dead-letter-errors.ts";
import { askOwner } from "./owner.ts";
import { whileOpen } from "./while-open.ts";

/** A record that was set aside, without its bytes. */
export interface DeadLetter {
  readonly id: string;
  /** Where it was found: `events`, `attempts`, `states`, `leases`, `graphs`, `results`, `control`. */
  readonly source: string;
  /** Why, e.g. `RECORD_UNDECODABLE` or `TASK_POISONED`. */
  readonly code: string;
  readonly message: string;
  /** Milliseconds since 1970, by the clock of whoever set it aside. */
  readonly atMs: number;
  readonly sizeBytes: number;
  /** Of an attempt: where it was queued. */
  readonly queue?: string;
}

export interface DeadLetterDetail extends DeadLetter {
  /** As it was found. */
  readonly bytes: Uint8Array;
  /** What it says, for an attempt or event that this release can decode. Users' values in it are encoded. */
  readonly record?: AttemptRecord | RunEvent;
}

export interface DeadLetterFilter {
  /** Only those of this source, e.g. `attempts`. */
  readonly source?: string;
  /** Only those with this code. `TASK_POISON_SUSPECTED` marks attempts that are tried once more at this moment. */
  readonly code?: string;
  /** How many at most; the newest. @defaultValue `100` */
  readonly limit?: number;
}

/** What was published again. */
export interface Requeued {
  readonly kind: "attempt" | "event";
  readonly run: string;
}

/**
 * What was set aside because nobody could use it. See docs/operate/dead-letters.md. When its client, or its app, is closed, every
 * method fails with `CLIENT_CLOSED`.
 */
export interface DeadLetters {
  /** Newest first. @throws OptionInvalidError */
  list(filter?: DeadLetterFilter): Promise<readonly DeadLetter[]>;
  /** One of them, with its bytes. @throws DeadLetterNotFoundError */
  show(id: string): Promise<DeadLetterDetail>;
  /**
   * Hands an attempt to the workers again, if its node still waits for it, or appends an event to the log again; then the
   * letter is gone.
   *
   * @throws DeadLetterNotFoundError
   * @throws DeadLetterNotRequeuableError for other letters, for what still does not decode, and where the run has ended.
   */
  requeue(id: string): Promise<Requeued>;
  /** Forgets it. @throws DeadLetterNotFoundError */
  drop(id: string): Promise<void>;
}

interface Wanted {
  readonly source: string | undefined;
  readonly code: string | undefined;
  readonly limit: number;
}

const LIMIT = 100;
/** An attempt that is tried under guard is marked in the same bucket; it is none of the dead. */
const SUSPECTED = "TASK_POISON_SUSPECTED";
const ID = /^[A-Za-z0-9_=-]+(\.[A-Za-z0-9_=-]+)*$/;

export class StoredDeadLetters implements DeadLetters {
  readonly #transport: Transport;
  readonly #isClosed: () => boolean;

  /** @param isClosed whether the client whose they are was closed. */
  constructor(transport: Transport, isClosed: () => boolean) {
    this.#transport = transport;
    this.#isClosed = isClosed;
  }

  async list(filter: DeadLetterFilter = {}): Promise<readonly DeadLetter[]> {
    const {
      source,
      code,
      limit = LIMIT,
    } = checkedOptions("the options of list()", filter, ["source", "code", "limit"]);
    if (!Number.isSafeInteger(limit) || limit < 1)
      throw new OptionInvalidError("limit", limit, "a whole number, 1 or more");
    return whileOpen(this.#isClosed, () => this.#list({ source, code, limit }));
  }

  show(id: string): Promise<DeadLetterDetail> {
    return whileOpen(this.#isClosed, async () => {
      const letter = await this.#get(id);
      const record = recordOf(letter);
      return record === undefined ? letter : { ...letter, record };
    });
  }

  requeue(id: string): Promise<Requeued> {
    return whileOpen(this.#isClosed, async () => {
      const requeued = await this.#requeued(await this.#get(id));
      await this.#transport.bucket("dead-letters").delete(id);
      return requeued;
    });
  }

  drop(id: string): Promise<void> {
    return whileOpen(this.#isClosed, async () => {
      await this.#get(id);
      await this.#transport.bucket("dead-letters").delete(id);
    });
  }

  async #list({ source, code, limit }: Wanted): Promise<readonly DeadLetter[]> {
    let found: DeadLetter[] = [];
    for await (const { key, value } of this.#transport.bucket("dead-letters").entries(">")) {
      const { bytes: _bytes, ...letter } = letterOf(key, value);
      if (source !== undefined && letter.source !== source) continue;
      if (code === undefined ? letter.code === SUSPECTED : letter.code !== code) continue;
      found.push(letter);
      if (found.length > limit * 2) found = newest(found, limit);
    }
    return newest(found, limit);
  }

  async #get(id: string): Promise<DeadLetterDetail & { readonly priority?: number }> {
    const entry = ID.test(id) ? await this.#transport.bucket("dead-letters").get(id) : undefined;
    if (entry === undefined) throw new DeadLetterNotFoundError(id);
    return letterOf(id, entry.value);
  }

  #requeued(letter: DeadLetterDetail & { readonly priority?: number }): Promise<Requeued> {
    const { id, source } = letter;
    if (letter.code === SUSPECTED) throw new DeadLetterNotRequeuableError(id, "it is being tried at this moment");
    switch (source) {
      case "attempts":
        return this.#requeueAttempt(letter);
      case "events":
        return this.#requeueEvent(letter);
      default:
        throw new DeadLetterNotRequeuableError(id, `only attempts and events can be, and this is one of ${source}`);
    }
  }

  async #requeueEvent({ id, bytes }: DeadLetterDetail): Promise<Requeued> {
    const { events } = this.#transport;
    const event = decoded(id, () => eventIn(bytes));
    await events.append(partitionOf(event.run, events.partitions), bytes, { origin: originOf(event) });
    return { kind: "event", run: event.run };
  }

  async #requeueAttempt(letter: DeadLetterDetail & { readonly priority?: number }): Promise<Requeued> {
    const { id, bytes, queue, priority = stepDefaults.priority } = letter;
    const attempt = decoded(id, () => decodeAttempt(bytes));
    if (queue === undefined) throw new DeadLetterNotRequeuableError(id, "it does not say of which queue it is");
    const obstacle = await this.#obstacleTo(attempt);
    if (obstacle !== undefined) throw new DeadLetterNotRequeuableError(id, obstacle);
    const { run } = attempt;
    // An id of its own: the queue may remember that of the first message.
    const messageId = `${run}:${attempt.node}:${attempt.attempt}:requeued-${randomToken()}`;
    await this.#transport.attempts.publish({ queue, priority, runId: run, id: messageId, bytes });
    return { kind: "attempt", run };
  }

  /** Why nobody waits for the attempt; undefined if its node does. */
  async #obstacleTo({ run, nodePath, attempt }: AttemptRecord): Promise<string | undefined> {
    const reply = await askOwner(this.#transport, { type: "node", run, node: nodePath });
    if (reply === undefined) return `no coordinator answers that could tell whether run ${run} still waits for it`;
    if (reply.type === "unknown") {
      const entry = await this.#transport.bucket("results").newest(`${run}.*`);
      if (entry === undefined) return `run ${run} is not known to anybody`;
      return `run ${run} has ended (${decodeOutcome(entry.value).state})`;
    }
    const node = reply.type === "node" ? reply.node.status : undefined;
    if (node === undefined) return `run ${run} has no node ${nodePath} any more`;
    const isWaiting = (node.state === "queued" || node.state === "running") && node.attempt === attempt;
    return isWaiting ? undefined : `${nodePath} of run ${run} is ${node.state} at attempt ${node.attempt}`;
  }
}

function newest(letters: readonly DeadLetter[], limit: number): DeadLetter[] {
  return letters.toSorted((a, b) => b.atMs - a.atMs).slice(0, limit);
}

function letterOf(id: string, value: Uint8Array): DeadLetterDetail & { readonly priority?: number } {
  let record: DeadLetterRecord;
  try {
    record = decodeDeadLetter(value);
  } catch (error) {
    const code = isArpeggioError(error) ? error.code : "RECORD_UNDECODABLE";
    record = { source: "unknown", code, message: (error as Error).message, bytes: value, at: 0 };
  }
  const { at: atMs, bytes, ...rest } = record;
  return { id, ...rest, atMs, sizeBytes: bytes.length, bytes };
}

function recordOf({ source, bytes }: DeadLetterDetail): AttemptRecord | RunEvent | undefined {
  try {
    if (source === "attempts") return decodeAttempt(bytes);
    return source === "events" ? eventIn(bytes) : undefined;
  } catch {
    return undefined;
  }
}

function eventIn(bytes: Uint8Array): RunEvent {
  const found: RunEvent[] = [];
  readEvents(
    bytes,
    (event) => found.push(event),
    (_bytes, error) => {
      throw error;
    },
  );
  const [event] = found;
  if (event === undefined) throw new RangeError("there is no event in it");
  return event;
}

function decoded<T>(id: string, decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    throw new DeadLetterNotRequeuableError(id, `this release cannot decode it either: ${(error as Error).message}`);
  }
}

/** The role whose event it is: what is neither said of an attempt nor found out by a coordinator is asked for by a client. */
function originOf({ type }: RunEvent): EventOrigin {
  if (type.startsWith("attempt.")) return "worker";
  return type === "timer.fired" || type === "expression.evaluated" ? "coordinator" : "client";
}
