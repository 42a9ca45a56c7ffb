import { encodePayload, offloadPayload, randomToken } from "@arpeggio/core";
import type { BlobStore, Payload, Timer, Transport } from "@arpeggio/core";
import { AttemptContext } from "./attempt-context.ts";
import type { ContextSink } from "./attempt-context.ts";
import { attemptInput } from "./attempt-input.ts";
import type { AttemptResult } from "./attempt-result.ts";
import type { HeldAttempt } from "./held-attempt.ts";
import { runItemByItem } from "./item-by-item.ts";
import { andThen } from "./maybe-promise.ts";
import type { MaybePromise } from "./maybe-promise.ts";
import { patientBlobs } from "./patient-blobs.ts";
import type { Replacement, Replacements } from "./replacements.ts";
import type { WorkerSettings } from "./worker-options.ts";
import { TaskResultNotSerialisableError, TaskTimedOutError } from "./worker-errors.ts";

/** How an attempt ended, told once for each attempt that was begun. */
export interface AttemptEnd {
  succeeded(held: HeldAttempt, result: AttemptResult): void;
  failed(held: HeldAttempt, error: unknown): void;
  /** The handler has settled, or is no longer waited for: the slot is free. Always after one of the above, if any. */
  freed(held: HeldAttempt): void;
}

/** Runs handlers: input, handler, output, and the limits of time around them. */
export class AttemptRunner {
  readonly #transport: Transport;
  readonly #sink: ContextSink;
  readonly #end: AttemptEnd;
  readonly #graceMs: number;
  readonly #blobs: Pick<BlobStore, "get" | "put">;
  readonly #replacements: Replacements;
  readonly #fetch: (key: string) => Promise<Uint8Array>;

  constructor(
    { transport, log, abortGraceMs }: Pick<WorkerSettings, "transport" | "log" | "abortGraceMs">,
    sink: ContextSink,
    end: AttemptEnd,
    replacements: Replacements,
  ) {
    const blobs = patientBlobs(transport, log);
    this.#transport = transport;
    this.#blobs = blobs;
    this.#sink = sink;
    this.#end = end;
    this.#replacements = replacements;
    this.#graceMs = abortGraceMs;
    this.#fetch = (key) => blobs.get(key);
  }

  /** Begins the attempt. A handler that never waits has ended when this returns. */
  begin(held: HeldAttempt): void {
    held.phase = "running";
    held.hasSlot = true;
    held.context = new AttemptContext(held.record, this.#sink);
    const { timeoutMs } = held.record;
    const timer =
      timeoutMs === undefined
        ? undefined
        : this.#transport.clock.after(timeoutMs, () => this.#timeOut(held, timeoutMs));
    let result: MaybePromise<AttemptResult>;
    try {
      result = this.#resultOf(held, held.context);
    } catch (error) {
      this.#failed(held, timer, error);
      return;
    }
    if (result instanceof Promise) this.#follow(held, timer, result);
    else this.#succeeded(held, timer, result);
  }

  /**
   * Aborts the handler's signal. The slot stays taken until the handler settles, but no longer than the grace: a
   * handler that does not listen must not hold up the others.
   */
  abort(held: HeldAttempt, reason: Error): void {
    if (held.abortedBy !== undefined || !held.hasSlot) return;
    held.abortedBy = reason;
    held.context?.abort(reason);
    this.#transport.clock.after(this.#graceMs, () => this.#giveUp(held));
  }

  #timeOut(held: HeldAttempt, timeoutMs: number): void {
    if (held.phase === "running") this.abort(held, new TaskTimedOutError(held.record.task, timeoutMs));
  }

  #giveUp(held: HeldAttempt): void {
    if (!held.hasSlot) return;
    this.#endsItself(held);
    this.#free(held);
  }

  #follow(held: HeldAttempt, timer: Timer | undefined, result: Promise<AttemptResult>): void {
    result.then(
      (known) => this.#succeeded(held, timer, known),
      (error: unknown) => this.#failed(held, timer, error),
    );
  }

  #succeeded(held: HeldAttempt, timer: Timer | undefined, result: AttemptResult): void {
    timer?.cancel();
    if (!held.hasSlot) return;
    if (this.#endsItself(held)) this.#end.succeeded(held, result);
    this.#free(held);
  }

  #failed(held: HeldAttempt, timer: Timer | undefined, error: unknown): void {
    timer?.cancel();
    if (!held.hasSlot) return;
    if (this.#endsItself(held)) this.#end.failed(held, error);
    this.#free(held);
  }

  /** Ends the attempt, by its timeout if its time was over before: whether its handler has a say in how. */
  #endsItself(held: HeldAttempt): boolean {
    if (held.phase === "ended") return false;
    held.phase = "ended";
    if (!(held.abortedBy instanceof TaskTimedOutError)) return true;
    this.#end.failed(held, held.abortedBy);
    return false;
  }

  #free(held: HeldAttempt): void {
    held.hasSlot = false;
    this.#end.freed(held);
  }

  #resultOf(held: HeldAttempt, context: AttemptContext): MaybePromise<AttemptResult> {
    const input = attemptInput(held.record.input, this.#fetch);
    if (input instanceof Promise) return this.#outputAfter(held, context, input);
    return this.#outputOf(held, context, input);
  }

  #outputAfter(held: HeldAttempt, context: AttemptContext, input: Promise<unknown>): Promise<AttemptResult> {
    return input.then((known) => this.#outputOf(held, context, known));
  }

  #outputOf(held: HeldAttempt, context: AttemptContext, input: unknown): MaybePromise<AttemptResult> {
    const { task, record } = held;
    const output =
      record.each === true
        ? runItemByItem(task, input, context, () => this.#transport.clock.now())
        : task.run(input, context);
    if (output instanceof Promise) return output.then((given: unknown) => this.#resultFrom(held, context, given));
    return this.#resultFrom(held, context, output);
  }

  /** What the handler gave, ready to be reported. */
  #resultFrom(held: HeldAttempt, context: AttemptContext, given: unknown): MaybePromise<AttemptResult> {
    const reply = context.replyIn(given);
    if (reply === undefined) return this.#stored(held, given);
    if (reply.kind === "replacement") return this.#replaced(held, reply);
    const { kind, ends } = reply;
    return andThen(this.#stored(held, reply.value), (value) => ({ kind, ends, value }));
  }

  async #replaced(held: HeldAttempt, replacement: Replacement): Promise<AttemptResult> {
    const { graph, input } = await this.#replacements.prepared(held.task.name, replacement);
    return { kind: "replacement", graph, input: await this.#stored(held, input) };
  }

  #stored({ record, task }: HeldAttempt, output: unknown): MaybePromise<Payload> {
    let payload: Payload;
    try {
      payload = encodePayload(output ?? null);
    } catch (error) {
      throw new TaskResultNotSerialisableError(task.name, error);
    }
    const { limits } = this.#transport;
    if (payload.length <= limits.inlineBytesMax) return payload;
    // The token: the same attempt may run twice with different results, and a blob never changes.
    const key = `${record.run}/${record.node}-${record.attempt}-${randomToken(8)}`;
    return offloadPayload(payload, { inlineBytesMax: limits.inlineBytesMax, blobs: this.#blobs, key });
  }
}
