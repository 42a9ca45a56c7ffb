import { createEventWriter, encodeEvent } from "@arpeggio/core";
import type { AttemptFailure, EventWriter, RunEvent, Transport } from "@arpeggio/core";
import type { AttemptResult } from "./attempt-result.ts";
import type { HeldAttempt } from "./held-attempt.ts";

const PACK_BYTES_MAX = 60_000;

/** Puts what became of attempts into the event log, many of them in one message where they end in one turn. */
export class OutcomeReports {
  readonly #writer: EventWriter;
  readonly #worker: string;

  constructor(transport: Transport, worker: string) {
    const bytesMax = Math.min(PACK_BYTES_MAX, transport.limits.messageBytesMax);
    const schedule = transport.events.isLocal === true ? "microtask" : "immediate";
    this.#writer = createEventWriter(transport.events, { schedule, bytesMax, origin: "worker" });
    this.#worker = worker;
  }

  /** Resolves when it is durable. */
  succeeded({ record: { run, partition, node, attempt } }: HeldAttempt, result: AttemptResult): Promise<void> {
    if (result instanceof Uint8Array)
      return this.#write(partition, { type: "attempt.succeeded", run, node, attempt, result });
    if (result.kind === "end") {
      const { value, ends } = result;
      return this.#write(partition, { type: "attempt.succeeded", run, node, attempt, result: value, ends });
    }
    const { graph, input } = result;
    return this.#write(partition, { type: "attempt.replaced", run, node, attempt, graph, input });
  }

  /** Resolves when it is durable. */
  failed({ record: { run, partition, node, attempt } }: HeldAttempt, failure: AttemptFailure): Promise<void> {
    return this.#write(partition, { type: "attempt.failed", run, node, attempt, failure });
  }

  /** Resolves when it is durable. */
  started({ record: { run, partition, node, attempt } }: HeldAttempt): Promise<void> {
    return this.#write(partition, { type: "attempt.started", run, node, attempt, worker: this.#worker });
  }

  close(): Promise<void> {
    return this.#writer.close();
  }

  #write(partition: number, event: RunEvent): Promise<void> {
    return this.#writer.write(partition, encodeEvent(event));
  }
}
