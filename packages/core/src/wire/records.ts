import type { AttemptFailure, RunFailureRecord } from "../errors/failure.ts";
import type { ErrorInfo } from "../errors/failure.ts";
import type { LogPlace } from "../transport/event-log.ts";
import type { StepDefaults } from "./step-defaults.ts";

/**
 * One value of a user, encoded (`wire/payload.ts`): MessagePack, or a reference to a blob. The coordinator copies
 * payloads and puts them together, it never parses them.
 */
export type Payload = Uint8Array;

/** Everything that can happen to a run. The log stores these and nothing else. */
export type RunEvent =
  | RunStarted
  | AttemptStarted
  | AttemptSucceeded
  | AttemptFailed
  | AttemptReplaced
  | TimerFired
  | ExpressionEvaluated
  | RunCancelRequested
  | NodesCancelRequested
  | RunPauseRequested
  | RunResumeRequested
  | SignalReceived
  | RunEnded;

export interface RunStarted {
  readonly type: "run.started";
  readonly run: string;
  /** The starter's token: its result is put under `<run>.<client>`. */
  readonly client: string;
  readonly workflow: string;
  /** Hash of the graph, which the `graphs` bucket holds. */
  readonly graph: string;
  readonly input: Payload;
  readonly labels?: Readonly<Record<string, string>>;
  /** The run fails with `RUN_TIMED_OUT` this long after its start was stored, in milliseconds. */
  readonly timeoutMs?: number;
  /** Options for every node that does not have its own. */
  readonly defaults?: StepDefaults;
  /** The run that this one goes on with: what `kept` names is not run again. */
  readonly redriveOf?: string;
  /** Key of the blob with the nodes that are done (`encodeKept` of `remains-codec.ts`). */
  readonly kept?: string;
  /**
   * The start is the message of its run's first attempt, too: that attempt's frame (`encodeAttempt`), whose input is empty
   * and stands for the run's.
   */
  readonly first?: Uint8Array;
}

/** A worker has been at an attempt for a while (never sent for quick ones). */
export interface AttemptStarted {
  readonly type: "attempt.started";
  readonly run: string;
  readonly node: number;
  readonly attempt: number;
  readonly worker: string;
}

export interface AttemptSucceeded {
  readonly type: "attempt.succeeded";
  readonly run: string;
  /** The node's number in the run (see the coordinator's `run-state.ts`). */
  readonly node: number;
  readonly attempt: number;
  readonly result: Payload;
  /** The handler ends more than its node with it: the scope that the node lies in, or the run. */
  readonly ends?: "scope" | "run";
}

export interface AttemptFailed {
  readonly type: "attempt.failed";
  readonly run: string;
  readonly node: number;
  readonly attempt: number;
  readonly failure: AttemptFailure;
}

/** A handler gave a canvas in place of a result: the node becomes that graph, and its result is the graph's. */
export interface AttemptReplaced {
  readonly type: "attempt.replaced";
  readonly run: string;
  readonly node: number;
  readonly attempt: number;
  /** Hash of the graph, which the `graphs` bucket holds. */
  readonly graph: string;
  readonly input: Payload;
}

/** A timer that the fold armed is due; appended by the partition's owner. */
export interface TimerFired {
  readonly type: "timer.fired";
  readonly run: string;
  /** The timer's own id, as the fold gave it. */
  readonly timer: string;
}

/** The value of an expression that could only be had by decoding payloads; appended by the partition's owner. */
export interface ExpressionEvaluated {
  readonly type: "expression.evaluated";
  readonly run: string;
  /** What it was for, as the fold named it. */
  readonly target: string;
  readonly value?: Payload;
  /** The key of the blob that `value` was read from: added by who has read it, and no part of the message. */
  readonly blob?: string;
  /** Instead of `value`, where the evaluation failed. */
  readonly error?: ErrorInfo;
}

export interface RunCancelRequested {
  readonly type: "run.cancel.requested";
  readonly run: string;
  readonly reason: string;
  /** Whether the compensations of what has succeeded run first. */
  readonly compensate?: boolean;
}

/** Ends parts of a run: the nodes with one of these paths, or with this label, that have not ended. */
export interface NodesCancelRequested {
  readonly type: "nodes.cancel.requested";
  readonly run: string;
  readonly nodes: readonly string[];
  readonly label?: readonly [key: string, value: string];
  readonly reason: string;
}

/** Nothing more of the run begins; what is running goes on. */
export interface RunPauseRequested {
  readonly type: "run.pause.requested";
  readonly run: string;
  readonly reason: string;
}

export interface RunResumeRequested {
  readonly type: "run.resume.requested";
  readonly run: string;
}

/** For the first signal node of this name that waits, or will. */
export interface SignalReceived {
  readonly type: "signal.received";
  readonly run: string;
  readonly signal: string;
  /** Equal for repeats of the same signal: it counts once. */
  readonly id: string;
  readonly payload: Payload;
}

/**
 * A run had ended, its outcome is stored, and the log has lost how it came to that; appended by the partition's owner, so that
 * everybody who folds what is left takes the run for ended with that outcome.
 */
export interface RunEnded {
  readonly type: "run.ended";
  readonly run: string;
  /** The record as it is stored (`encodeOutcome`). It says when the run that it means was started. */
  readonly outcome: Uint8Array;
}

/** What a worker gets: one try of one node. */
export interface AttemptRecord {
  readonly run: string;
  readonly partition: number;
  readonly node: number;
  /** For people and logs, e.g. `map[3]/image.resize`. */
  readonly nodePath: string;
  readonly attempt: number;
  readonly task: string;
  readonly input: AttemptInput;
  readonly timeoutMs?: number | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /** A worker that gets it later than this does not begin it; milliseconds since 1970. */
  readonly expiresAtMs?: number | undefined;
  /** The input is a list, and the handler runs for one item after another. */
  readonly each?: true | undefined;
  /** Its message, or the run's past with which it was given up, was lost, or may be: an abort notice from before does not mean it. */
  readonly again?: true | undefined;
}

/**
 * Either the value itself, or an expression over arguments that the worker evaluates (`graph/evaluate.ts`):
 * `expr` is an encoded `Expr` whose references are `{ ref: "<index in args>" }`.
 */
export type AttemptInput =
  | { readonly kind: "value"; readonly payload: Payload }
  | { readonly kind: "expression"; readonly expr: Uint8Array; readonly args: readonly Payload[] };

/** How a run ended: what the `results` bucket holds under `<run>.<client>`. */
export interface OutcomeRecord {
  readonly run: string;
  readonly workflow: string;
  readonly graph: string;
  readonly state: "succeeded" | "failed" | "cancelled";
  /** Where it succeeded. */
  readonly value?: Payload;
  /** Where it failed or was cancelled. */
  readonly failure?: RunFailureRecord;
  /** Milliseconds since 1970, by the log's clock. */
  readonly startedAtMs: number;
  readonly endedAtMs: number;
  /** How many nodes ended in each state, map items included. */
  readonly counts: Readonly<Partial<Record<NodeState, number>>>;
  readonly labels?: Readonly<Record<string, string>>;
  /** The results of steps with names of their own that have succeeded, by their paths. */
  readonly named?: Readonly<Record<string, Payload>>;
  /**
   * Where its events lie in the log of its partition: the sequences of its start, and of the message with the event that ended
   * it. Absent of runs that never began, or of which an earlier release has stored a state.
   */
  readonly firstSequence?: number;
  readonly lastSequence?: number;
  /** Keys of blobs that they are folded with: lists that were mapped over, and what chose a case. */
  readonly blobs?: readonly string[];
  /** The run that this one goes on with. */
  readonly redriveOf?: string;
}

export type NodeState = "blocked" | "queued" | "running" | "waiting" | "succeeded" | "failed" | "skipped" | "cancelled";

/** Who owns a partition: the `partitions` bucket, key `<partition>`. */
export interface LeaseRecord {
  readonly owner: string;
  /** The fencing number: grows with every change of owner. */
  readonly epoch: number;
  /** Every event up to this sequence is in a checkpoint or belongs to an ended run. */
  readonly mark: number;
  /** Wall clock of the owner, for people; nobody compares it. */
  readonly renewedAtMs: number;
  /**
   * What the last owner to load the partition's checkpoints found. One that an owner with a smaller epoch has stored later
   * than that is not valid: its run may have ended meanwhile.
   */
  readonly checkpointsSeen?: { readonly epoch: number; readonly revision: number };
  /**
   * The newest message of the log that the owner had folded before it wrote this; no checkpoint has a newer one. A log that does
   * not have it any more has lost its end.
   */
  readonly lastRead?: LogPlace;
  /** When it was found last that the log had lost its end, by the finder's clock. Runs may want again what they had given up before. */
  readonly cutAtMs?: number;
}

/** A live worker: the `workers` bucket, key `<worker id>`; put again at every heartbeat. */
export interface WorkerRecord {
  readonly id: string;
  readonly host: string;
  readonly pid: number;
  readonly queues: readonly string[];
  readonly tasks: readonly string[];
  readonly startedAtMs: number;
  readonly seenAtMs: number;
  /** A worker not seen for this long is gone. */
  readonly heartbeatMs: number;
}

/** A message set aside: the `dead-letters` bucket. */
export interface DeadLetterRecord {
  /** Where it was found: `events`, `attempts`, `states`, `leases`, `graphs`, `results`, `control`. */
  readonly source: string;
  readonly code: string;
  readonly message: string;
  /** The bytes as they came. */
  readonly bytes: Uint8Array;
  /** Milliseconds since 1970, by the finder's clock. */
  readonly at: number;
  /** Of an attempt: where it was queued. */
  readonly queue?: string;
  readonly priority?: number;
}
