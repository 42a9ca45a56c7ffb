import { encodePayload, handlerReply, offloadPayload, randomToken } from "@arpeggio/core";
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
      this.#settle(held, timer, () => this.#end.failed(held, error));
      return;
    }
    if (!(result instanceof Promise)) {
      const known = result;
      this.#settle(held, timer, () => this.#end.succeeded(held, known));
      return;
    }
    result.then(
      (known) => this.#settle(held, timer, () => this.#end.succeeded(held, known)),
      (error: unknown) => this.#settle(held, timer, () => this.#end.failed(held, error)),
    );
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
    this.#decide(held, () => {});
    this.#free(held);
  }

  #settle(held: HeldAttempt, timer: Timer | undefined, tell: () => void): void {
    timer?.cancel();
    if (!held.hasSlot) return;
    this.#decide(held, tell);
    this.#free(held);
  }

  /** The attempt ends here, with what `tell` says unless its time was over before. */
  #decide(held: HeldAttempt, tell: () => void): void {
    if (held.phase === "ended") return;
    held.phase = "ended";
    if (held.abortedBy instanceof TaskTimedOutError) this.#end.failed(held, held.abortedBy);
    else tell();
  }

  #free(held: HeldAttempt): void {
    held.hasSlot = false;
    this.#end.freed(held);
  }

  #resultOf(held: HeldAttempt, context: AttemptContext): MaybePromise<AttemptResult> {
    const { task, record } = held;
    return andThen(attemptInput(record.input, this.#fetch), (input) => {
      const output =
        record.each === true
          ? runItemByItem(task, input, context, () => this.#transport.clock.now())
          : task.run(input, context);
      return andThen(output, (given) => this.#resultFrom(held, given));
    });
  }

  /** What the handler gave, ready to be reported. */
  #resultFrom(held: HeldAttempt, given: unknown): MaybePromise<AttemptResult> {
    const reply = handlerReply(given);
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
