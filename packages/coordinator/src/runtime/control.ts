import {
  busSubjects,
  decodeControlRequest,
  encodeAbort,
  encodeControlReply,
  encodeLive,
  RecordUndecodableError,
  TransportClosedError,
} from "@arpeggio/core";
import type {
  BusMessage,
  LiveEvent,
  NodeStatusRecord,
  RunListRequest,
  RunRequest,
  Subscription,
  Transport,
} from "@arpeggio/core";
import { sayOn } from "./bus-voice.ts";
import { fittingReply, statusReply } from "./fitting-reply.ts";
import type { CoordinatorLogger } from "./logger.ts";
import { nodeAnswerOf } from "./node-answer.ts";
import { lettersOfRun, NO_LETTERS } from "./letters-of-run.ts";
import type { LettersOfRun } from "./letters-of-run.ts";
import type { OwnedRun } from "./owned-run.ts";
import { isAboutPast, pastReply } from "./past-answers.ts";
import type { PastRequest } from "./past-answers.ts";
import type { Past } from "./past-reading.ts";
import type { PastRuns } from "./past-runs.ts";
import { listRuns } from "./run-list.ts";
import { signalAnswerOf } from "./signal-answer.ts";
import type { AbortCommand } from "../fold/commands.ts";
import { waitsForMessages } from "../run/missing-wakers.ts";
import { nodePathOf } from "../run/node-path.ts";
import { hasEnded, nodeCode } from "../run/node-table.ts";
import { attemptOf, nodePlanOf, scopeOf, stateOf } from "../run/run-state.ts";

/** The longest that one request may follow a run, in milliseconds. */
const WATCH_MS_MAX = 10 * 60_000;
const RUNS_LISTED_MAX = 10_000;
/** Who asks gives up and asks again; more requests than these are not kept. */
const UNANSWERED_MAX = 1_000;
/** Nor are those that come while so many answers are being looked for. */
const ANSWERING_MAX = 1_000;
/** Where an event changes more nodes, who follows the run is told nothing of them: he misses a number, and asks how the run stands. */
const CHANGES_TOLD_MAX = 1_000;

export interface ControlOptions {
  readonly transport: Transport;
  readonly partition: number;
  readonly log: CoordinatorLogger;
  readonly find: (run: string) => OwnedRun | undefined;
  readonly pasts: PastRuns;
  /** Every run that has not ended. */
  readonly runs: () => Iterable<OwnedRun>;
  /**
   * Whether it cannot be told yet of a run that is not found whether there is one: events that have been read are not folded, or
   * its outcome is not stored.
   */
  readonly isUnsure: (run: string) => boolean;
  readonly onUndecodable: (bytes: Uint8Array, error: RecordUndecodableError) => void;
}

/** Answers who asks about runs, tells who follows them, and tells workers to stop. Nothing durable depends on it. */
export class Control {
  readonly #options: ControlOptions;
  #subscription: Subscription | undefined;
  /** Requests about runs that are not known, and of which it is not certain that there are none. */
  #unanswered: BusMessage[] = [];
  #answering = 0;

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

  /** The run may want again what it had given up before, since the log has lost that: workers forget it. */
  takeBackAborts(run: string): void {
    const { transport, log } = this.#options;
    const notice = { run, nodes: [], reason: "the log has lost why", isTakenBack: true } as const;
    sayOn(transport.bus, busSubjects.abort, encodeAbort(notice), log);
  }

  /** What could not be answered before may be answered now. */
  answerLate(): void {
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
    if (changed.length > CHANGES_TOLD_MAX) {
      run.liveSequence++;
      state.changed = [];
    } else {
      for (const node of new Set(changed)) this.#tellNode(run, node);
      changed.length = 0;
    }
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

  #answer(message: BusMessage): void {
    const { find, isUnsure, log } = this.#options;
    try {
      const request = decodeControlRequest(message.bytes);
      if (request.type === "list") return message.respond(this.#listReply(request));
      const run = find(request.run);
      if (run === undefined && isUnsure(request.run)) {
        if (this.#unanswered.length < UNANSWERED_MAX) this.#unanswered.push(message);
        return;
      }
      if (this.#answering >= ANSWERING_MAX) return;
      if (request.type === "remains" || (isAboutPast(request) && this.#isBeyond(run, request)))
        this.#respond(message, pastReply(this.#options.transport, request, this.#pastOf(run, request)));
      else if (run === undefined) message.respond(encodeControlReply({ type: "unknown", run: request.run }));
      else this.#respond(message, this.#replyTo(request, run));
    } catch (error) {
      if (error instanceof RecordUndecodableError) this.#options.onUndecodable(message.bytes, error);
      else log.warn("a control request could not be answered", error);
    }
  }

  #respond(message: BusMessage, reply: Uint8Array | Promise<Uint8Array>): void {
    if (reply instanceof Uint8Array) return message.respond(reply);
    this.#answering++;
    reply
      .then((bytes) => message.respond(bytes))
      .catch((error: unknown) => {
        if (error instanceof TransportClosedError) return;
        this.#options.log.warn("a control request could not be answered", error);
      })
      .finally(() => this.#answering--);
  }

  #replyTo(request: Exclude<RunRequest, { type: "remains" }>, run: OwnedRun): Uint8Array | Promise<Uint8Array> {
    const { transport } = this.#options;
    switch (request.type) {
      case "watch": {
        const untilMs = transport.clock.now() + Math.min(request.forMs, WATCH_MS_MAX);
        run.watchedUntilMs = Math.max(run.watchedUntilMs, untilMs);
        run.state.changed ??= [];
        return statusReply(transport, run.state, request.nodesMax, run.liveSequence);
      }
      case "status":
        if (request.nodesMax === 0) return statusReply(transport, run.state, 0, run.liveSequence);
        return this.#withLetters(run, (letters) =>
          statusReply(transport, run.state, request.nodesMax, run.liveSequence, letters),
        );
      case "node":
        return this.#withLetters(run, (letters) => {
          const { status, ...answer } = nodeAnswerOf(run.state, request.node, transport.limits.inlineBytesMax);
          const node = status === undefined ? answer : { ...answer, status: letters.told(status) };
          return encodeControlReply({ type: "node", node });
        });
      case "signal":
        return encodeControlReply({ type: "signal", signal: signalAnswerOf(run.state, request.signal) });
    }
  }

  /** Whether the state of the run has no answer. */
  #isBeyond(run: OwnedRun | undefined, request: PastRequest): boolean {
    if (run === undefined || request.type !== "node") return true;
    const { status, value } = nodeAnswerOf(run.state, request.node, this.#options.transport.limits.inlineBytesMax);
    // Its result was let go, or is too large.
    return !isEnded(status) || (status?.state === "succeeded" && value === undefined);
  }

  /**
   * Who asks about the past knows that the run, or the node, has ended. Where the state of the run does not, its end is still to be read
   * here, or another coordinator has it by now: nothing is known yet.
   */
  #pastOf(run: OwnedRun | undefined, request: PastRequest): Promise<Past | undefined> {
    const { pasts, partition } = this.#options;
    if (run === undefined) return pasts.ended(request.run, partition);
    const isKnown = request.type === "node" && isEnded(nodeAnswerOf(run.state, request.node, 0).status);
    return isKnown ? pasts.soFar(run, partition) : new Promise(() => {});
  }

  /** Looks for letters only where an attempt is under way, which may lie there. */
  #withLetters(
    { state }: OwnedRun,
    replyWith: (letters: LettersOfRun) => Uint8Array,
  ): Uint8Array | Promise<Uint8Array> {
    const { transport, log } = this.#options;
    if (!waitsForMessages(state)) return replyWith(NO_LETTERS);
    return lettersOfRun(transport, state.start.run, log).then(replyWith);
  }

  #listReply(request: RunListRequest): Uint8Array {
    const { transport, runs } = this.#options;
    return fittingReply(transport, Math.min(request.limit, RUNS_LISTED_MAX), (limit) => {
      return { type: "list", ...listRuns(runs(), { ...request, limit }) };
    });
  }
}

function isEnded(status: NodeStatusRecord | undefined): boolean {
  return status !== undefined && hasEnded(nodeCode[status.state]);
}
