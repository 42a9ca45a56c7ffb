import {
  busSubjects,
  decodeControlRequest,
  encodeAbort,
  encodeControlReply,
  encodeLive,
  RecordUndecodableError,
} from "@arpeggio/core";
import type { BusMessage, LiveEvent, Subscription, Transport } from "@arpeggio/core";
import { sayOn } from "./bus-voice.ts";
import type { CoordinatorLogger } from "./logger.ts";
import type { OwnedRun } from "./owned-run.ts";
import { statusOf } from "./run-status.ts";
import type { AbortCommand } from "../fold/commands.ts";
import { nodePathOf } from "../run/node-path.ts";
import { attemptOf, nodePlanOf, scopeOf, stateOf } from "../run/run-state.ts";

/** The longest that one request may follow a run, in milliseconds. */
const WATCH_MS_MAX = 10 * 60_000;
const NODES_SHOWN_MAX = 10_000;
/** Who asks gives up and asks again; more requests than these are not kept. */
const UNANSWERED_MAX = 1_000;

export interface ControlOptions {
  readonly transport: Transport;
  readonly partition: number;
  readonly log: CoordinatorLogger;
  readonly find: (run: string) => OwnedRun | undefined;
  /** Events have been read and not yet folded: a run that is not found may be among them. */
  readonly isBehind: () => boolean;
  readonly onUndecodable: (bytes: Uint8Array, error: RecordUndecodableError) => void;
}

/** Answers who asks about runs, tells who follows them, and tells workers to stop. Nothing durable depends on it. */
export class Control {
  readonly #options: ControlOptions;
  #subscription: Subscription | undefined;
  /** Requests about runs that are not known and may be among the events that are read and not yet folded. */
  #unanswered: BusMessage[] = [];

  constructor(options: ControlOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    const { transport, partition } = this.#options;
    const subject = busSubjects.control(partition);
    this.#subscription = await transport.bus.subscribe(subject, (message) => this.#answer(message));
  }

  async stop(): Promise<void> {
    await this.#subscription?.stop();
  }

  /** Tells the workers. Resolves at once: what has to come after it awaits {@link flush}. */
  abort(run: string, { nodes, reason }: AbortCommand): void {
    const notice = { run, reason, ...(nodes === undefined ? {} : { nodes }) };
    const { transport, log } = this.#options;
    sayOn(transport.bus, busSubjects.abort, encodeAbort(notice), log);
  }

  /** Everything that was read is folded: what could not be answered before can be now. */
  caughtUp(): void {
    if (this.#unanswered.length === 0) return;
    const messages = this.#unanswered;
    this.#unanswered = [];
    for (const message of messages) this.#answer(message);
  }

  flush(): Promise<void> {
    return this.#options.transport.bus.flush();
  }

  /** Tells who follows the run what has changed in it. */
  tell(run: OwnedRun): void {
    const { state } = run;
    const changed = state.changed;
    if (changed === undefined) return;
    const isEnded = state.life !== "running";
    for (const node of new Set(changed)) this.#tellNode(run, node);
    changed.length = 0;
    if (isEnded) {
      const { life, failure } = state;
      const sequence = ++run.liveSequence;
      this.#publish(run, { type: "run", sequence, state: life, ...(failure === undefined ? {} : { failure }) });
    } else if (run.watchedUntilMs < this.#options.transport.clock.now()) {
      state.changed = undefined;
    }
  }

  #tellNode(run: OwnedRun, node: number): void {
    const { state } = run;
    const plan = nodePlanOf(scopeOf(state, node), node);
    const path = nodePathOf(state, node);
    const last = state.failures.at(-1);
    this.#publish(run, {
      type: "node",
      sequence: ++run.liveSequence,
      node: path,
      ...(plan.kind === "task" ? { task: plan.task } : {}),
      state: stateOf(state, node),
      attempt: attemptOf(state, node),
      ...(last?.node === path ? { message: last.message } : {}),
    });
  }

  #publish(run: OwnedRun, event: LiveEvent): void {
    const { transport, log } = this.#options;
    sayOn(transport.bus, busSubjects.live(run.state.start.run), encodeLive(event), log);
  }

  /** A run may have more to tell of its nodes than one message takes; then it tells of as many as fit. */
  #statusReply({ state, liveSequence }: OwnedRun, nodesMax: number): Uint8Array {
    const { messageBytesMax } = this.#options.transport.limits;
    for (let shown = nodesMax; ; shown = Math.floor(shown / 2)) {
      const reply = encodeControlReply({ type: "status", status: statusOf(state, shown, liveSequence) });
      if (reply.length <= messageBytesMax || shown === 0) return reply;
    }
  }

  #answer(message: BusMessage): void {
    const { transport, find, isBehind, log } = this.#options;
    try {
      const request = decodeControlRequest(message.bytes);
      const run = find(request.run);
      if (run === undefined && isBehind()) {
        if (this.#unanswered.length < UNANSWERED_MAX) this.#unanswered.push(message);
        return;
      }
      if (run === undefined) return message.respond(encodeControlReply({ type: "unknown", run: request.run }));
      if (request.type === "watch") {
        const untilMs = transport.clock.now() + Math.min(request.forMs, WATCH_MS_MAX);
        run.watchedUntilMs = Math.max(run.watchedUntilMs, untilMs);
        run.state.changed ??= [];
      }
      message.respond(this.#statusReply(run, Math.min(request.nodesMax, NODES_SHOWN_MAX)));
    } catch (error) {
      if (error instanceof RecordUndecodableError) this.#options.onUndecodable(message.bytes, error);
      else log.warn("a control request could not be answered", error);
    }
  }
}
