import { encodeAttempt, encodeEvent, MessageTooLargeError, offloadPayload, stepDefaults } from "@arpeggio/core";
import type { AttemptInput, AttemptRecord, EventWriter, QueuedAttempt, StepDefaults, Transport } from "@arpeggio/core";
import type { CoordinatorStats } from "./stats.ts";
import type { Writes } from "./writes.ts";
import { attemptInputOf } from "../run/attempt-input.ts";
import { nodePathOf } from "../run/node-path.ts";
import { nodePlanOf, scopeOf } from "../run/run-state.ts";
import type { RunState } from "../run/run-state.ts";

export interface DispatcherOptions {
  readonly transport: Transport;
  readonly partition: number;
  readonly writes: Writes;
  readonly events: EventWriter;
  readonly stats: CoordinatorStats;
}

interface Prepared {
  readonly record: AttemptRecord;
  readonly publish: () => Promise<void>;
}

/** Publishes attempts: what the record holds is read from the run at once, what happens to it afterwards is not waited for. */
export class Dispatcher {
  readonly #options: DispatcherOptions;

  constructor(options: DispatcherOptions) {
    this.#options = options;
  }

  /** @param suffix of the message's id: makes it another one for a queue that may remember the first. */
  dispatch(run: RunState, node: number, attempt: number, suffix?: string): void {
    const { record, publish } = this.#prepared(run, node, attempt, suffix);
    this.#options.writes.begin(publish, (error) => this.#refused(record, error));
  }

  /** The same for who waits until it is stored, and tries again by itself. */
  async resend(run: RunState, node: number, attempt: number): Promise<void> {
    const { record, publish } = this.#prepared(run, node, attempt);
    try {
      await publish();
    } catch (error) {
      if (!this.#refused(record, error)) throw error;
    }
  }

  #prepared(run: RunState, node: number, attempt: number, suffix?: string): Prepared {
    const { transport, partition, stats } = this.#options;
    stats.dispatches++;
    const { options, task } = nodePlanOf(scopeOf(run, node), node);
    const { defaults, labels } = run.start;
    const timeoutMs = options.timeoutMs ?? defaults?.timeoutMs;
    const input = attemptInputOf(run, node);
    const record: AttemptRecord = {
      run: run.start.run,
      partition,
      node,
      nodePath: nodePathOf(run, node),
      attempt,
      task,
      input,
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
      ...labelsOf(labels, defaults, options),
    };
    const queue = queueOf(options, defaults);
    const priority = options.priority ?? defaults?.priority ?? stepDefaults.priority;
    const id = `${run.start.run}:${node}:${attempt}${suffix === undefined ? "" : `:${suffix}`}`;
    const place = { queue, priority, runId: run.start.run, id };
    if (bytesOf(input) > transport.limits.inlineBytesMax) {
      return { record, publish: () => this.#publishOffloaded(record, place) };
    }
    const message = { ...place, bytes: encodeAttempt(record) };
    return { record, publish: () => transport.attempts.publish(message) };
  }

  async #publishOffloaded(record: AttemptRecord, place: Omit<QueuedAttempt, "bytes">): Promise<void> {
    const { transport } = this.#options;
    const input = await offloaded(record, transport);
    await transport.attempts.publish({ ...place, bytes: encodeAttempt({ ...record, input }) });
  }

  /** An attempt that no queue takes must not leave its run waiting: it has failed, and never will do better. */
  #refused({ run, node, attempt }: AttemptRecord, error: unknown): boolean {
    if (!(error instanceof MessageTooLargeError)) return false;
    const { writes, events, partition } = this.#options;
    const { name, message, code } = error;
    const failure = { code, error: { name, message, code }, permanent: true };
    const frame = encodeEvent({ type: "attempt.failed", run, node, attempt, failure });
    writes.begin(() => events.write(partition, frame));
    return true;
  }
}

/** The queue of a node: its own, else the run's, else the engine's. */
export function queueOf(node: StepDefaults, run: StepDefaults | undefined): string {
  return node.queue ?? run?.queue ?? stepDefaults.queue;
}

function labelsOf(
  run: Readonly<Record<string, string>> | undefined,
  defaults: StepDefaults | undefined,
  node: StepDefaults,
): { labels?: Readonly<Record<string, string>> } {
  if (node.labels === undefined && defaults?.labels === undefined) return run === undefined ? {} : { labels: run };
  return { labels: { ...run, ...defaults?.labels, ...node.labels } };
}

function bytesOf(input: AttemptInput): number {
  if (input.kind === "value") return input.payload.length;
  let bytes = input.expr.length;
  for (const arg of input.args) bytes += arg.length;
  return bytes;
}

async function offloaded({ run, node, input }: AttemptRecord, { limits, blobs }: Transport): Promise<AttemptInput> {
  if (input.kind === "value") {
    const { inlineBytesMax } = limits;
    return {
      kind: "value",
      payload: await offloadPayload(input.payload, { inlineBytesMax, blobs, key: `${run}/${node}/input` }),
    };
  }
  // Together they are too much: those go that are larger than their share.
  const inlineBytesMax = Math.floor(limits.inlineBytesMax / (input.args.length + 1));
  const args = input.args.map((arg, i) =>
    offloadPayload(arg, { inlineBytesMax, blobs, key: `${run}/${node}/arg-${i}` }),
  );
  return { ...input, args: await Promise.all(args) };
}
