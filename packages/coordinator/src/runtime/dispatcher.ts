import {
  encodeAttempt,
  encodeEvent,
  MessageTooLargeError,
  offloadPayload,
  queueOfStep,
  stepDefaults,
} from "@arpeggio/core";
import type { AttemptInput, AttemptRecord, EventWriter, Transport } from "@arpeggio/core";
import { Dispatch, isWanted } from "./dispatch.ts";
import type { DispatchHistory, DispatchSettings } from "./dispatch.ts";
import { DispatchWindow, HeldDispatch } from "./dispatch-window.ts";
import type { Lease } from "./lease.ts";
import type { Mandate } from "./mandate.ts";
import { isFull } from "./pressure.ts";
import type { CoordinatorStats } from "./stats.ts";
import type { Interval, Writes } from "./writes.ts";
import { PlannedAttempt } from "../run/planned-attempt.ts";
import { nodePlanOf, scopeOf } from "../run/run-state.ts";
import type { RunState } from "../run/run-state.ts";

export interface DispatcherOptions {
  readonly transport: Transport;
  readonly partition: number;
  readonly lease: Lease;
  readonly writes: Writes;
  readonly mandate: Mandate;
  readonly events: EventWriter;
  readonly stats: CoordinatorStats;
}

/** Publishes attempts, so many at a time: see {@link DispatchWindow}. Nobody waits for a single one. */
export class Dispatcher {
  readonly #options: DispatcherOptions;
  readonly #settings: DispatchSettings;
  readonly #window = new DispatchWindow((held) => this.#sendHeld(held));

  constructor(options: DispatcherOptions) {
    this.#options = options;
    const { transport, mandate } = options;
    this.#settings = { transport, mandate, refused: (dispatch, error) => this.#refused(dispatch, error) };
  }

  dispatch(run: RunState, node: number, attempt: number, history?: DispatchHistory): void {
    const { writes } = this.#options;
    // What may have been sent before is asked for first, and all of it together: see {@link Mandate}.
    if (history !== undefined || this.#window.isOpen) this.#send(this.#prepared(run, node, attempt, history));
    else this.#window.hold(new HeldDispatch(run, node, attempt, writes.expect()));
  }

  #send(dispatch: Dispatch, interval?: Interval): void {
    dispatch.enter(this.#window);
    this.#options.writes.add(dispatch, interval);
  }

  #sendHeld({ run, node, attempt, interval }: HeldDispatch): void {
    const { writes } = this.#options;
    if (writes.isStopped) return;
    if (isWanted(run, node, attempt)) this.#send(this.#prepared(run, node, attempt, undefined), interval);
    else writes.settle(interval);
  }

  /** The same for who waits until it is stored, and tries again by itself. */
  async resend(run: RunState, node: number, attempt: number, history: DispatchHistory = {}): Promise<void> {
    const dispatch = this.#prepared(run, node, attempt, { ...history, isLost: true });
    try {
      await dispatch.publish();
    } catch (error) {
      if (!this.#refused(dispatch, error)) throw error;
    }
  }

  #prepared(run: RunState, node: number, attempt: number, history: DispatchHistory | undefined): Dispatch {
    const { transport, partition, stats, lease } = this.#options;
    stats.dispatches++;
    // Workers may take it for given up.
    const isAgain = history?.isLost === true || lease.isAfterCut;
    const record = new PlannedAttempt(run, partition, node, attempt, isAgain ? true : undefined);
    const { options } = nodePlanOf(scopeOf(run, node), node);
    const { defaults } = run.start;
    const queue = queueOfStep(options, defaults);
    const priority = options.priority ?? defaults?.priority ?? stepDefaults.priority;
    const { size } = record;
    const bytes = size > transport.limits.inlineBytesMax ? () => this.#encodedOffloaded(record) : encodeAttempt(record);
    return new Dispatch({ queue, priority }, { run, node, attempt }, bytes, {
      size,
      settings: this.#settings,
      history,
    });
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
