import {
  encodeAttempt,
  encodeEvent,
  MessageTooLargeError,
  offloadPayload,
  queueOfStep,
  stepDefaults,
} from "@arpeggio/core";
import type { AttemptInput, AttemptRecord, EventWriter, NodeTiming, Transport } from "@arpeggio/core";
import { Dispatch } from "./dispatch.ts";
import type { DispatchHistory, DispatchSettings } from "./dispatch.ts";
import type { Mandate } from "./mandate.ts";
import { isFull } from "./pressure.ts";
import type { CoordinatorStats } from "./stats.ts";
import type { Writes } from "./writes.ts";
import { attemptInputOf } from "../run/attempt-input.ts";
import { labelsOf } from "../run/labels.ts";
import { nodePathOf } from "../run/node-path.ts";
import { nodePlanOf, scopeOf } from "../run/run-state.ts";
import type { RunState } from "../run/run-state.ts";
import { expireTimer } from "../run/timer-ids.ts";

export interface DispatcherOptions {
  readonly transport: Transport;
  readonly partition: number;
  readonly writes: Writes;
  readonly mandate: Mandate;
  readonly events: EventWriter;
  readonly stats: CoordinatorStats;
}

/** Publishes attempts: what the record holds is read from the run at once, what happens to it afterwards is not waited for. */
export class Dispatcher {
  readonly #options: DispatcherOptions;
  readonly #settings: DispatchSettings;

  constructor(options: DispatcherOptions) {
    this.#options = options;
    const { transport, mandate } = options;
    this.#settings = { transport, mandate, refused: (dispatch, error) => this.#refused(dispatch, error) };
  }

  dispatch(run: RunState, node: number, attempt: number, history?: DispatchHistory): void {
    this.#options.writes.add(this.#prepared(run, node, attempt, history));
  }

  /** The same for who waits until it is stored, and tries again by itself. */
  async resend(run: RunState, node: number, attempt: number): Promise<void> {
    const dispatch = this.#prepared(run, node, attempt, { isLost: true });
    try {
      await dispatch.publish();
    } catch (error) {
      if (!this.#refused(dispatch, error)) throw error;
    }
  }

  #prepared(run: RunState, node: number, attempt: number, history: DispatchHistory | undefined): Dispatch {
    const { transport, partition, stats } = this.#options;
    stats.dispatches++;
    const { options, task, timing, each } = nodePlanOf(scopeOf(run, node), node);
    const { defaults } = run.start;
    const input = attemptInputOf(run, node);
    const timeoutMs = options.timeoutMs ?? defaults?.timeoutMs;
    const allLabels = labelsOf(run, node);
    const common = { run: run.start.run, partition, node, nodePath: nodePathOf(run, node), attempt, task, input };
    const isPlain = timeoutMs === undefined && allLabels === undefined && timing === undefined && !each;
    // Most have none of these, and copying an object costs more than making one.
    const record: AttemptRecord = isPlain
      ? common
      : {
          ...common,
          ...(timeoutMs === undefined ? {} : { timeoutMs }),
          ...expiryOf(run, timing, node, attempt),
          ...(each ? { each } : {}),
          ...(allLabels === undefined ? {} : { labels: allLabels }),
        };
    const queue = queueOfStep(options, defaults);
    const priority = options.priority ?? defaults?.priority ?? stepDefaults.priority;
    const isLarge = bytesOf(input) > transport.limits.inlineBytesMax;
    const bytes = isLarge ? () => this.#encodedOffloaded(record) : encodeAttempt(record);
    return new Dispatch({ queue, priority }, { run, node, attempt }, bytes, { settings: this.#settings, history });
  }

  async #encodedOffloaded(record: AttemptRecord): Promise<Uint8Array> {
    return encodeAttempt({ ...record, input: await offloaded(record, this.#options.transport) });
  }

  /** An attempt that no queue takes must not leave its run waiting: it has failed, and never will do better. */
  #refused(dispatch: Dispatch, error: unknown): boolean {
    if (isFull(error)) dispatch.noteRefusal();
    if (!(error instanceof MessageTooLargeError)) return false;
    const { runId: run, node, attempt } = dispatch;
    const { writes, events, partition } = this.#options;
    const { name, message, code } = error;
    const failure = { code, error: { name, message, code }, permanent: true };
    const frame = encodeEvent({ type: "attempt.failed", run, node, attempt, failure });
    writes.begin(() => events.write(partition, frame));
    return true;
  }
}

/** Until when the first attempt has to be begun: further ones are of a node that has begun. */
function expiryOf(
  run: RunState,
  timing: NodeTiming | undefined,
  node: number,
  attempt: number,
): { expiresAtMs?: number } {
  if (timing?.expiresMs === undefined || attempt > 1) return {};
  const expiresAtMs = run.timers?.get(expireTimer(node));
  return expiresAtMs === undefined ? {} : { expiresAtMs };
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
