import type { NodeState, Payload } from "./records.ts";
import type { RunPlace } from "./run-order.ts";
import type { NodeFailure, RunFailureRecord } from "../errors/failure.ts";

/**
 * Every subject of the message bus, in one place. Nothing durable depends on these messages.
 */
export const busSubjects = {
  /** Requests to the owner of a partition: {@link ControlRequest} → {@link ControlReply}. */
  control: (partition: number | "*") => `ctl.coordinator.${partition}`,
  /** Among coordinators: a payload `[name, how many partitions it owns]`, -1 when it leaves. */
  coordinators: "ctl.coordinators",
  /** To all clients: a payload `[code, detail]`, repeated every half second while queues or storage are full. */
  pressure: "ctl.pressure",
  /** To all workers: {@link AbortNotice}. */
  abort: "ctl.abort",
  /** To whoever follows a run: {@link LiveEvent}. */
  live: (run: string) => `live.${run}`,
} as const;

/** What a client asks the owner of a partition: about one of its runs, or about all of them. */
export type ControlRequest = RunRequest | RunListRequest;

/** What a client asks about one run. */
export type RunRequest =
  /** The run as it stands; with `past`, also as it was when it ended. */
  | { readonly type: "status"; readonly run: string; readonly nodesMax: number; readonly past?: true }
  /** The same, and live events for the next `forMs` milliseconds (asked again before that to go on). */
  | { readonly type: "watch"; readonly run: string; readonly nodesMax: number; readonly forMs: number }
  /** One node of it, and its result if that is held; with `past`, also after the run's end. */
  | { readonly type: "node"; readonly run: string; readonly node: string; readonly past?: true }
  /**
   * What a redrive of a run that has ended can go on with. `within` is the path of a node: only of the nodes around it is it
   * asked what is in them.
   */
  | { readonly type: "remains"; readonly run: string; readonly within?: string }
  /** Whether a signal of this name would be taken. */
  | { readonly type: "signal"; readonly run: string; readonly signal: string };

/** Runs of the partition that have not ended, newest first; all conditions must hold. */
export interface RunListRequest extends RunConditions {
  readonly type: "list";
  readonly limit: number;
}

export interface RunConditions {
  readonly workflow?: string;
  readonly label?: readonly [key: string, value: string];
  /** Only runs that have started at this moment or later, in milliseconds since 1970. */
  readonly sinceMs?: number;
  readonly isPaused?: boolean;
  /** Only runs that come after this place in the list. */
  readonly after?: RunPlace;
}

export type ControlReply =
  /** The owner does not have it: it has ended, or its start has not been read yet, or it never was. */
  | { readonly type: "unknown"; readonly run: string }
  | { readonly type: "status"; readonly status: RunStatusRecord }
  | { readonly type: "node"; readonly node: NodeAnswer }
  | { readonly type: "signal"; readonly signal: SignalAnswer }
  /** Of a run that has ended, and of which nothing is known but its outcome. `why` is what follows "because". */
  | { readonly type: "gone"; readonly run: string; readonly why: string }
  /** A run that has ended is being folded again: ask once more. */
  | { readonly type: "reading"; readonly run: string }
  /** The key of a blob with what is left of it (`remains.ts`), which is kept for a minute. */
  | { readonly type: "remains"; readonly blob: string }
  /** `isWhole` is false where there are more than were asked for, or than a message takes. */
  | { readonly type: "list"; readonly runs: readonly RunSummaryRecord[]; readonly isWhole: boolean };

export interface NodeAnswer {
  /** Absent where the run has no node of this path (yet). */
  readonly status?: NodeStatusRecord;
  /** The result of a node that has succeeded, where it is held. */
  readonly value?: Payload;
  /** Of a node that has failed, where it is held. */
  readonly failure?: NodeFailure;
  /** There is no such node yet, but something that is under way may still come to one. */
  readonly mayCome: boolean;
  /** Paths of some nodes of the run, for who has misspelt one. Empty where the node is there. */
  readonly known: readonly string[];
}

export interface SignalAnswer {
  /** `waiting`: a node waits for it now; `later`: one may still come to that; `no`: no node will ever take it. */
  readonly expected: "waiting" | "later" | "no";
  /** The hashes of the graphs in which the name stands. */
  readonly graphs: readonly string[];
  /** The signals that are expected. */
  readonly known: readonly string[];
}

/** A run in a list. */
export interface RunSummaryRecord {
  readonly run: string;
  readonly workflow: string;
  readonly startedAtMs: number;
  readonly labels?: Readonly<Record<string, string>>;
  /** Why it is paused, if it is. */
  readonly paused?: string;
}

export interface RunStatusRecord {
  readonly run: string;
  readonly workflow: string;
  readonly graph: string;
  readonly state: "running" | "cancelling" | "succeeded" | "failed" | "cancelled";
  readonly startedAtMs: number;
  readonly labels?: Readonly<Record<string, string>>;
  readonly counts: Readonly<Partial<Record<NodeState, number>>>;
  /** The first `nodesMax` nodes that have not ended, then ended ones as far as there is room. */
  readonly nodes: readonly NodeStatusRecord[];
  /** Grows with every live event of this run that this owner publishes. */
  readonly liveSequence: number;
  /** Why it is paused, if it is. */
  readonly paused?: string;
  /** The run that this one goes on with. */
  readonly redriveOf?: string;
}

export interface NodeStatusRecord {
  /** e.g. `map[3]/image.resize`. */
  readonly node: string;
  readonly task?: string;
  readonly state: NodeState;
  readonly attempt: number;
  /** Where it is queued or running. */
  readonly queue?: string;
  /** What a node that has not ended waits for: a message, a timer or a dependency. */
  readonly waitsFor?: Waker;
  /** When its needs had ended, and when it ended itself; milliseconds since 1970. Absent in runs of very many nodes. */
  readonly releasedAtMs?: number;
  readonly endedAtMs?: number;
}

/** Everything that waits has one of these. */
export type Waker =
  | { readonly kind: "nodes"; readonly nodes: readonly string[] }
  | {
      readonly kind: "worker";
      readonly task: string;
      readonly queue: string;
      /** The dead letter that holds its message: no worker will be given that one. */
      readonly letter?: string;
    }
  /** Its next attempt, the end of its time, its beginning, or its next round. */
  | {
      readonly kind: "timer";
      readonly what: "retry" | "timeout" | "begin" | "round";
      readonly dueAtMs: number;
    }
  | { readonly kind: "items"; readonly ended: number; readonly total: number }
  /** The parts of a scope, branches, a choice or a loop. */
  | { readonly kind: "parts"; readonly ended: number; readonly total: number }
  | { readonly kind: "signal"; readonly signal: string }
  | { readonly kind: "resume" }
  | { readonly kind: "evaluation" };

/** How long a worker remembers a notice, in milliseconds: longer than an attempt travels from its queue to a worker. */
export const ABORT_REMEMBERED_MS = 10 * 60_000;

/** To all workers: stop these attempts; all of the run's where `nodes` is absent. */
export interface AbortNotice {
  readonly run: string;
  readonly nodes?: readonly number[];
  readonly reason: string;
  /**
   * Nothing is to be stopped, and `nodes` is empty: what earlier notices say of the run is taken back. It may want again what it had given
   * up, since the log has lost that.
   */
  readonly isTakenBack?: true;
}

/** What happens to a run, as it happens; `sequence` only on what the coordinator says. */
export type LiveEvent =
  | {
      readonly type: "node";
      readonly sequence: number;
      readonly node: string;
      readonly task?: string;
      readonly state: NodeState;
      readonly attempt: number;
      readonly message?: string;
    }
  | { readonly type: "run"; readonly sequence: number; readonly state: string; readonly failure?: RunFailureRecord }
  | { readonly type: "progress"; readonly node: string; readonly done: number; readonly total?: number }
  | { readonly type: "log"; readonly node: string; readonly message: string; readonly data?: unknown };
