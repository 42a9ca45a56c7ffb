import { createEventWriter, encodeEvent, partitionOf } from "@arpeggio/core";
import type { AttemptFailure, EventWriter, RunEvent, Transport } from "@arpeggio/core";
import type { AttemptResult } from "./attempt-result.ts";
import type { HeldAttempt } from "./held-attempt.ts";

const PACK_BYTES_MAX = 60_000;

/** Called with undefined when a report is durable, or with the error. */
export type OnSettled = (error: unknown) => void;

/** Puts what became of attempts into the event log, many of them in one message where they end in one turn. */
export class OutcomeReports {
  readonly #writer: EventWriter;
  readonly #worker: string;
  readonly #partitions: number;

  constructor(transport: Transport, worker: string) {
    const bytesMax = Math.min(PACK_BYTES_MAX, transport.limits.messageBytesMax);
    const schedule = transport.events.isLocal === true ? "microtask" : "immediate";
    this.#writer = createEventWriter(transport.events, { schedule, bytesMax, origin: "worker" });
    this.#worker = worker;
    this.#partitions = transport.events.partitions;
  }

  succeeded({ record: { run, node, attempt } }: HeldAttempt, result: AttemptResult, onSettled: OnSettled): void {
    if (result instanceof Uint8Array) {
      this.#write({ type: "attempt.succeeded", run, node, attempt, result }, onSettled);
    } else if (result.kind === "end") {
      const { value, ends } = result;
      this.#write({ type: "attempt.succeeded", run, node, attempt, result: value, ends }, onSettled);
    } else {
      const { graph, input } = result;
      this.#write({ type: "attempt.replaced", run, node, attempt, graph, input }, onSettled);
    }
  }

  failed({ record: { run, node, attempt } }: HeldAttempt, failure: AttemptFailure, onSettled: OnSettled): void {
    this.#write({ type: "attempt.failed", run, node, attempt, failure }, onSettled);
  }

  started({ record: { run, node, attempt } }: HeldAttempt, onSettled: OnSettled): void {
    this.#write({ type: "attempt.started", run, node, attempt, worker: this.#worker }, onSettled);
  }

  close(): Promise<void> {
    return this.#writer.close();
  }

  /** Where a run's events lie follows from its id. A message may name another partition, which nobody reads for this run. */
  #write(event: RunEvent, onSettled: OnSettled): void {
    this.#writer.writeThen(partitionOf(event.run, this.#partitions), encodeEvent(event), onSettled);
  }
}
