import {
  BlobNotFoundError,
  blobReferenceOf,
  errorInfoOf,
  hasFrameOf,
  isBlobReference,
  readEvents,
  recordKinds,
} from "@arpeggio/core";
import type {
  EventOrigin,
  ExpressionEvaluated,
  LogMessage,
  RecordUndecodableError,
  RunEvent,
  Transport,
} from "@arpeggio/core";
import { isFinalReadError } from "./evaluations.ts";
import { EventCheck } from "./event-check.ts";
import type { CoordinatorLogger } from "./logger.ts";
import { untilRead } from "./plan-loader.ts";
import type { PlanLoader, PlanProblem } from "./plan-loader.ts";
import { isLookedAt } from "../run/evaluation-target.ts";
import type { Plan } from "../run/plan.ts";

/** What an event needs beyond itself before it can be folded. */
interface Fetched {
  readonly plans: Map<string, Plan | PlanProblem>;
  /** Blobs by their key; an error where there is no such blob. */
  readonly blobs: Map<string, Uint8Array | Error>;
}

/** What events only name. */
export interface FoundParts {
  readonly planOf: (hash: string) => Plan | PlanProblem;
  /** What an earlier run has done, for a start that goes on with it. */
  readonly keptOf: (key: string) => Uint8Array | Error;
}

/** Events of these kinds name something that may have to be read before they can be folded. */
const NAMING_KINDS = [recordKinds.runStarted, recordKinds.attemptReplaced, recordKinds.expressionEvaluated];

export interface EventIntakeOptions {
  readonly transport: Transport;
  readonly plans: PlanLoader;
  readonly log: CoordinatorLogger;
  /** Whether a run waits for what the event brings. */
  readonly isAwaited: (event: ExpressionEvaluated) => boolean;
  readonly onEvent: (event: RunEvent, message: LogMessage, found: FoundParts) => void;
  readonly onUndecodable: (
    message: LogMessage,
    index: number,
    bytes: Uint8Array,
    error: RecordUndecodableError,
  ) => void;
  /** All of a message is folded. */
  readonly onFolded: (message: LogMessage) => void;
  /** Enough messages are waiting: whoever brings them stops until {@link onIdle}. */
  readonly onFull: () => void;
  /** No message is waiting any more. */
  readonly onIdle: () => void;
}

/** So many messages may wait, and so many bytes: whatever is held up by a store that does not answer stays in the log. */
const QUEUED_MAX = 10_000;
const QUEUED_BYTES_MAX = 8 * 1024 * 1024;

/** So many frames of one message are set aside one by one: it may have more than a hundred thousand of six bytes each. */
const SET_ASIDE_MAX = 100;

/**
 * Hands the events of a partition on, in the order of the log. It stops only for what an event cannot be folded without: a
 * graph that is not known yet, and a value in the blob store that the fold itself looks at. All events of a message are handed
 * on in one go, so that no checkpoint ever has half a message.
 */
export class EventIntake {
  readonly #options: EventIntakeOptions;
  readonly #queue: LogMessage[] = [];
  #queuedBytes = 0;
  #isWaiting = false;
  #isStopped = false;
  // Used for every message, so that a message costs no arrays.
  readonly #events: RunEvent[] = [];
  readonly #undecodable: { index: number; bytes: Uint8Array; error: RecordUndecodableError }[] = [];
  readonly #check: EventCheck;
  #origin: EventOrigin | undefined;
  readonly #onEvent = (event: RunEvent) => {
    if (this.#check.admits(event, this.#origin)) this.#events.push(event);
  };
  #undecodableCount = 0;
  readonly #onUndecodable = (bytes: Uint8Array, error: RecordUndecodableError) => {
    const index = this.#events.length + this.#undecodableCount;
    if (this.#undecodableCount++ <= SET_ASIDE_MAX) this.#undecodable.push({ index, bytes, error });
  };

  constructor(options: EventIntakeOptions) {
    this.#options = options;
    this.#check = new EventCheck(options.log);
  }

  take(message: LogMessage): void {
    if (this.#isStopped) return;
    if (this.#isWaiting) this.#enqueue(copied(message));
    else this.#process(message);
  }

  #enqueue(message: LogMessage): void {
    this.#queue.push(message);
    this.#queuedBytes += message.bytes.length;
    if (this.#queue.length >= QUEUED_MAX || this.#queuedBytes >= QUEUED_BYTES_MAX) this.#options.onFull();
  }

  /** Whether messages wait to be handed on. */
  get isWaiting(): boolean {
    return this.#isWaiting;
  }

  stop(): void {
    this.#isStopped = true;
    this.#queue.length = 0;
  }

  #process(message: LogMessage): void {
    if (!hasFrameOf(message.bytes, NAMING_KINDS)) return this.#passOn(message);
    this.#read(message);
    if (this.#isComplete()) this.#handOn(message, undefined);
    else {
      this.#isWaiting = true;
      this.#fetchFor(copied(message)).catch((error: unknown) => {
        // Only a closed transport ends a fetch badly, and with it the reading of the log ends, too.
        this.#options.log.debug(`message ${message.sequence} was not folded`, error);
      });
    }
  }

  /** One by one: a message may have a thousand ends of attempts, which need not all be decoded at a time. */
  #passOn(message: LogMessage): void {
    const { onEvent, onFolded } = this.#options;
    const found = this.#foundParts(undefined);
    let index = 0;
    let undecodable = 0;
    readEvents(
      message.bytes,
      (event) => {
        if (!this.#check.admits(event, message.origin)) return;
        index++;
        onEvent(event, message, found);
      },
      (bytes, error) => this.#setAside(message, undecodable++, index++, bytes, error),
    );
    onFolded(message);
  }

  /** Frames one by one, and where there are very many of them, the rest of the message in one piece. */
  #setAside(
    message: LogMessage,
    before: number,
    index: number,
    bytes: Uint8Array,
    error: RecordUndecodableError,
  ): void {
    const { onUndecodable } = this.#options;
    if (before < SET_ASIDE_MAX) onUndecodable(message, index, bytes, error);
    else if (before === SET_ASIDE_MAX) {
      const rest = message.bytes.subarray(bytes.byteOffset - message.bytes.byteOffset);
      onUndecodable(message, index, rest, error);
    }
  }

  #read(message: LogMessage): void {
    this.#events.length = 0;
    this.#undecodable.length = 0;
    this.#undecodableCount = 0;
    this.#origin = message.origin;
    readEvents(message.bytes, this.#onEvent, this.#onUndecodable);
  }

  #isComplete(): boolean {
    const { plans } = this.#options;
    for (const event of this.#events) {
      const graph = graphOf(event);
      if (graph !== undefined && plans.get(graph) === undefined) return false;
      if (event.type === "run.started" && event.kept !== undefined) return false;
      if (event.type === "expression.evaluated" && this.#blobOf(event) !== undefined) return false;
    }
    return true;
  }

  /** The blob that has to be read before the event can be folded. */
  #blobOf(event: ExpressionEvaluated): string | undefined {
    const { value, target } = event;
    if (value === undefined || !isBlobReference(value) || !isLookedAt(target)) return undefined;
    return this.#options.isAwaited(event) ? blobReferenceOf(value)?.key : undefined;
  }

  async #fetchFor(message: LogMessage): Promise<void> {
    const fetched: Fetched = { plans: new Map(), blobs: new Map() };
    await Promise.all([...this.#events].map((event) => this.#fetch(event, fetched)));
    if (this.#isStopped) return;
    this.#isWaiting = false;
    this.#read(message);
    this.#handOn(message, fetched);
    let next = 0;
    while (!this.#isWaiting && !this.#isStopped && next < this.#queue.length)
      this.#process(this.#queue[next++] as LogMessage);
    for (const { bytes } of this.#queue.splice(0, next)) this.#queuedBytes -= bytes.length;
    if (!this.#isWaiting && !this.#isStopped) this.#options.onIdle();
  }

  async #fetch(event: RunEvent, fetched: Fetched): Promise<void> {
    const { plans, transport, log } = this.#options;
    const graph = graphOf(event);
    if (graph !== undefined) fetched.plans.set(graph, await plans.load(graph));
    const key = event.type === "expression.evaluated" ? this.#blobOf(event) : keptIn(event);
    if (key === undefined) return;
    const get = () => transport.blobs.get(key);
    const blob = await untilRead(transport.clock, log, get, isFinalReadError).catch((error: unknown) => error as Error);
    fetched.blobs.set(key, blob);
  }

  #handOn(message: LogMessage, fetched: Fetched | undefined): void {
    const { onEvent, onFolded } = this.#options;
    const found = this.#foundParts(fetched);
    for (const [before, { index, bytes, error }] of this.#undecodable.entries()) {
      this.#setAside(message, before, index, bytes, error);
    }
    for (const event of this.#events) {
      onEvent(fetched === undefined ? event : withBlob(event, fetched), message, found);
    }
    onFolded(message);
  }

  #foundParts(fetched: Fetched | undefined): FoundParts {
    const { plans } = this.#options;
    const planOf = (hash: string): Plan | PlanProblem =>
      plans.get(hash) ??
      fetched?.plans.get(hash) ?? { code: "GRAPH_NOT_FOUND", message: `the graph ${hash} was not read` };
    const keptOf = (key: string) => fetched?.blobs.get(key) ?? new BlobNotFoundError(key);
    return { planOf, keptOf };
  }
}

/** The graph that an event needs to be folded. */
function graphOf(event: RunEvent): string | undefined {
  return event.type === "run.started" || event.type === "attempt.replaced" ? event.graph : undefined;
}

function keptIn(event: RunEvent): string | undefined {
  return event.type === "run.started" ? event.kept : undefined;
}

/** The event with the value itself in the place of the reference to it. */
function withBlob(event: RunEvent, { blobs }: Fetched): RunEvent {
  if (event.type !== "expression.evaluated" || event.value === undefined) return event;
  const key = blobReferenceOf(event.value)?.key;
  const blob = key === undefined ? undefined : blobs.get(key);
  if (key === undefined || blob === undefined) return event;
  if (!(blob instanceof Error)) return { ...event, value: blob, blob: key };
  const { value: _value, ...rest } = event;
  const { stack: _stack, ...error } = errorInfoOf(blob);
  return { ...rest, error };
}

function copied(message: LogMessage): LogMessage {
  return { ...message, bytes: new Uint8Array(message.bytes) };
}
