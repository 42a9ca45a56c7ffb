import { createHash } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import {
  BlobNotFoundError,
  createEventWriter,
  createIdMaker,
  compile,
  decodeEvent,
  encodeEvent,
  encodePayload,
  EventWriterClosedError,
  issuesText,
  KnownGraphs,
  loadPayload,
  offloadPayload,
  partitionOf,
  splitFrames,
  validateInput,
  validateTaskInput,
} from "@arpeggio/core";
import type {
  AnyCanvas,
  AnyTask,
  CompiledWorkflow,
  EventWriter,
  Payload,
  RunEvent,
  RunStarted,
  Transport,
  Validation,
} from "@arpeggio/core";
import { CanvasIsPromiseError, ClientClosedError, InputInvalidError, RunIdTakenError } from "./client-errors.ts";
import { loneStart, loneTaskOf } from "./lone-task.ts";
import type { LoneTask } from "./lone-task.ts";
import { redriveStart } from "./redrive.ts";
import type { PreparedRedrive } from "./redrive.ts";
import type { RunSettings } from "./run-options.ts";

const PACK_BYTES_MAX = 60_000;
/** Graphs that are known to be stored. */
const GRAPHS_MAX = 10_000;

/** Starts runs: checks, stores what they need, and appends their starts, many in one message where they come in one turn. */
export class RunStarter {
  readonly #transport: Transport;
  readonly #client: string;
  readonly #isAlone: () => boolean;
  readonly #writer: EventWriter;
  readonly #newId = createIdMaker();
  readonly #graphs: KnownGraphs;
  /** Of starts that may be appended by themselves. */
  readonly #lone = new WeakMap<RunStarted, LoneTask>();
  #lastLone: Promise<void> = Promise.resolve();
  #isClosed = false;

  /** @param isAlone whether no other start is on its way: many travel better together. */
  constructor(transport: Transport, client: string, isAlone: () => boolean) {
    this.#transport = transport;
    this.#client = client;
    this.#isAlone = isAlone;
    this.#graphs = new KnownGraphs(transport, GRAPHS_MAX);
    this.#writer = createEventWriter(transport.events, {
      schedule: "microtask",
      bytesMax: Math.min(PACK_BYTES_MAX, transport.limits.messageBytesMax),
      idPrefix: client,
      origin: "client",
    });
  }

  /**
   * The start of a run, checked, with everything stored that it refers to. At once where nothing is to be waited for, as is
   * so for all small runs but the first.
   *
   * @throws InputInvalidError, CanvasExpectedError, ValueNotSerialisableError
   */
  prepare(canvas: AnyCanvas, input: unknown, settings: RunSettings): RunStarted | Promise<RunStarted> {
    if (isThenable(canvas)) throw new CanvasIsPromiseError();
    const workflow = compile(canvas);
    const validation = checked(workflow, canvas, input);
    if (validation instanceof Promise) return validation.then((one) => this.#prepared(workflow, one, settings));
    return this.#prepared(workflow, validation, settings);
  }

  /** The same for a run that goes on with another one. */
  async prepareRedrive(redrive: PreparedRedrive): Promise<RunStarted> {
    const run = redrive.id ?? this.#newId();
    if (redrive.canvas !== undefined) {
      const { hash, graph } = compile(redrive.canvas);
      await this.#graphs.store(hash, graph);
    }
    return redriveStart(this.#transport, redrive, { run, client: this.#client });
  }

  #prepared(
    workflow: CompiledWorkflow,
    validation: Validation,
    settings: RunSettings,
  ): RunStarted | Promise<RunStarted> {
    const value = valueOf(workflow, validation);
    const id = settings.id ?? this.#newId();
    const payload = this.#stored(id, encodePayload(value));
    const storing = this.#graphs.store(workflow.hash, workflow.graph);
    if (storing === undefined && !(payload instanceof Promise)) return this.#record(id, workflow, payload, settings);
    return Promise.all([payload, storing]).then(([stored]) => this.#record(id, workflow, stored, settings));
  }

  /** A run of it has failed because it is not stored. */
  forgetGraph(hash: string): void {
    this.#graphs.forget(hash);
  }

  /** Stores the start of a run with a new id; resolves when it is durable. What it throws goes through {@link startError}. */
  append(start: RunStarted): Promise<void> {
    const lone = this.#lone.get(start);
    return lone === undefined || this.#isClosed ? this.#write(start) : this.#appendLone(start, lone);
  }

  /** The log puts the first attempt into its queue when it has the start: one hop less. */
  #appendLone(start: RunStarted, lone: LoneTask): Promise<void> {
    const { events } = this.#transport;
    const { start: both, first, id } = loneStart(start, lone, events.partitions);
    const appended = events.append(partitionOf(start.run, events.partitions), encodeEvent(both), {
      id,
      origin: "client",
      first,
    });
    this.#lastLone = appended;
    return appended;
  }

  /** Appends what asks something of a run; resolves when it is durable. */
  request(event: RunEvent): Promise<void> {
    return this.#write(event).catch((error: unknown) => {
      throw startError(error);
    });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([this.#writer.close(), this.#lastLone.catch(() => {})]);
  }

  #write(event: RunEvent): Promise<void> {
    const partition = partitionOf(event.run, this.#transport.events.partitions);
    return this.#writer.write(partition, encodeEvent(event));
  }

  #record(run: string, workflow: CompiledWorkflow, input: Payload, settings: RunSettings): RunStarted {
    const { timeoutMs, defaults } = settings;
    const labels = settings.labels === undefined ? workflow.labels : { ...workflow.labels, ...settings.labels };
    const start: { -readonly [K in keyof RunStarted]: RunStarted[K] } = {
      type: "run.started",
      run,
      client: this.#client,
      workflow: workflow.name,
      graph: workflow.hash,
      input,
    };
    if (Object.keys(labels).length > 0) start.labels = labels;
    if (timeoutMs !== undefined) start.timeoutMs = timeoutMs;
    if (defaults !== undefined) start.defaults = defaults;
    if (settings.id === undefined && this.#transport.events.queuesStarts === true && this.#isAlone()) {
      const lone = loneTaskOf(workflow.graph);
      if (lone !== undefined) this.#lone.set(start, lone);
    }
    return start;
  }

  #stored(run: string, payload: Payload): Payload | Promise<Payload> {
    const { limits, blobs } = this.#transport;
    if (payload.length <= limits.inlineBytesMax) return payload;
    // The key tells the content: a run that is started twice with one id must not change the blob of the first start.
    const key = `${run}/input-${createHash("sha256").update(payload).digest("hex").slice(0, 16)}`;
    return offloadPayload(payload, { inlineBytesMax: limits.inlineBytesMax, blobs, key });
  }

  /**
   * Stores the start of a run with a chosen id. Resolves when it is durable; with false where the id's run was there already.
   *
   * @throws RunIdTakenError, MessageTooLargeError
   */
  async claim(start: RunStarted): Promise<boolean> {
    const partition = partitionOf(start.run, this.#transport.events.partitions);
    const claim = await this.#transport.events.claim(partition, start.run, encodeEvent(start));
    if (claim.claimed) return true;
    const first = firstStart(claim.message);
    if (first === undefined) throw new RunIdTakenError(start.run, "whose start cannot be read");
    if (first.graph !== start.graph)
      throw new RunIdTakenError(start.run, `of another workflow or version, '${first.workflow}'`);
    if (!(await this.#isSameInput(first.input, start.input)))
      throw new RunIdTakenError(start.run, "with another input");
    return false;
  }

  async #isSameInput(first: Payload, second: Payload): Promise<boolean> {
    if (Buffer.compare(first, second) === 0) return true;
    // The order of an object's keys shows in the bytes, and does not count.
    const fetch = (key: string) => this.#transport.blobs.get(key);
    const value = await loadPayload(second, fetch);
    try {
      return isDeepStrictEqual(await loadPayload(first, fetch), value);
    } catch (error) {
      // The same value would lie in the blob that this start has just stored.
      if (error instanceof BlobNotFoundError) return false;
      throw error;
    }
  }
}

/** The error for a user: the client may have been closed while the call was looking something up. */
export function startError(error: unknown): unknown {
  return error instanceof EventWriterClosedError ? new ClientClosedError() : error;
}

function firstStart(message: Uint8Array): RunStarted | undefined {
  const [frame] = splitFrames(message);
  const event = frame === undefined ? undefined : decodeEvent(frame);
  return event?.type === "run.started" ? event : undefined;
}

function checked(workflow: CompiledWorkflow, canvas: AnyCanvas, input: unknown): Validation | Promise<Validation> {
  const definition = (canvas as Partial<AnyTask>).definition;
  if (definition === undefined) return validateInput(workflow, input);
  // A task's own worker applies the schema; here it only tells early, so the value stays as it was given.
  const result = validateTaskInput(definition, input);
  return result instanceof Promise ? result.then((one) => unchanged(one, input)) : unchanged(result, input);
}

function unchanged(result: Validation, value: unknown): Validation {
  return result.ok ? { ok: true, value } : result;
}

function valueOf(workflow: CompiledWorkflow, result: Validation): unknown {
  if (result.ok) return result.value;
  throw new InputInvalidError(workflow.name, issuesText(result.issues));
}

function isThenable(value: unknown): boolean {
  return typeof value === "object" && value !== null && typeof (value as { then?: unknown }).then === "function";
}
