import { finish, handlerReply, replaceWith, skip } from "@arpeggio/core";
import type { AttemptRecord, HandlerReply, TaskContext } from "@arpeggio/core";
import { ReplyNotReturnedError } from "./worker-errors.ts";

/** Takes what a handler says about its attempt. */
export interface ContextSink {
  log(record: AttemptRecord, message: string, data: unknown): void;
  progress(record: AttemptRecord, done: number, total: number | undefined): void;
}

const NO_LABELS: Readonly<Record<string, string>> = Object.freeze({});

/**
 * What a handler gets. Everything that costs is made when it is first asked for: a small task never looks at its signal.
 * `log` and `progress` are own functions, so that `({ log }) => …` works.
 */
export class AttemptContext implements TaskContext {
  readonly #record: AttemptRecord;
  readonly #sink: ContextSink;
  #item: number | undefined;
  #controller: AbortController | undefined;
  #reason: Error | undefined;
  /** What the handler has called to make a reply. */
  #replying: keyof TaskContext | undefined;

  constructor(record: AttemptRecord, sink: ContextSink) {
    this.#record = record;
    this.#sink = sink;
  }

  get runId(): string {
    return this.#record.run;
  }
  get nodeId(): string {
    return this.#record.nodePath;
  }
  get task(): string {
    return this.#record.task;
  }
  get attempt(): number {
    return this.#record.attempt;
  }
  get labels(): Readonly<Record<string, string>> {
    return this.#record.labels ?? NO_LABELS;
  }
  get idempotencyKey(): string {
    const key = `${this.#record.run}/${this.#record.node}/${this.#record.attempt}`;
    return this.#item === undefined ? key : `${key}/${this.#item}`;
  }
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#reason !== undefined) this.#controller.abort(this.#reason);
    }
    return this.#controller.signal;
  }
  get log(): (message: string, data?: unknown) => void {
    return (message, data) => this.#sink.log(this.#record, message, data);
  }
  get progress(): (done: number, total?: number) => void {
    return (done, total) => this.#sink.progress(this.#record, done, total);
  }
  get replaceWith(): TaskContext["replaceWith"] {
    return this.#noting("replaceWith", replaceWith);
  }
  get finish(): TaskContext["finish"] {
    return this.#noting("finish", finish);
  }
  get skip(): TaskContext["skip"] {
    return this.#noting("skip", skip);
  }

  #noting<M extends (...given: never[]) => unknown>(called: keyof TaskContext, make: M): M {
    const noting = (...given: Parameters<M>) => {
      const reply = make(...given);
      this.#replying = called;
      return reply;
    };
    return noting as M;
  }

  /**
   * The reply that the handler has given; undefined for a result.
   *
   * @throws ReplyNotReturnedError if it has made one and gave something else: nothing would come of it.
   */
  replyIn(given: unknown): HandlerReply | undefined {
    const reply = handlerReply(given);
    if (reply === undefined && this.#replying !== undefined)
      throw new ReplyNotReturnedError(this.#record.task, this.#replying);
    return reply;
  }

  /** Why the attempt is to stop, if it is. */
  get abortedBy(): Error | undefined {
    return this.#reason;
  }

  /** The handler is called for this item of a list: for others, what it does is not the same thing done again. */
  atItem(item: number): void {
    this.#item = item;
  }

  /** Aborts the signal; the first reason stays. */
  abort(reason: Error): void {
    if (this.#reason !== undefined) return;
    this.#reason = reason;
    this.#controller?.abort(reason);
  }
}
