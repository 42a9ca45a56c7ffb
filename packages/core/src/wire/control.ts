import type { NodeState } from "./records.ts";
import type { RunFailure } from "../errors/failure.ts";

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

/** What a client asks the owner of a run's partition. */
export type ControlRequest =
  /** The run as it stands. */
  | { readonly type: "status"; readonly run: string; readonly nodesMax: number }
  /** The same, and live events for the next `forMs` milliseconds (asked again before that to go on). */
  | { readonly type: "watch"; readonly run: string; readonly nodesMax: number; readonly forMs: number };

export type ControlReply =
  /** The owner does not have it: it has ended, or its start has not been read yet, or it never was. */
  { readonly type: "unknown"; readonly run: string } | { readonly type: "status"; readonly status: RunStatusRecord };

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
}

/** Everything that waits has one of these. */
export type Waker =
  | { readonly kind: "nodes"; readonly nodes: readonly string[] }
  | { readonly kind: "worker"; readonly task: string; readonly queue: string }
  | { readonly kind: "timer"; readonly what: "retry" | "timeout"; readonly dueAtMs: number }
  | { readonly kind: "items"; readonly ended: number; readonly total: number }
  | { readonly kind: "evaluation" };

/** To all workers: stop these attempts; all of the run's where `nodes` is absent. */
export interface AbortNotice {
  readonly run: string;
  readonly nodes?: readonly number[];
  readonly reason: string;
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
  | { readonly type: "run"; readonly sequence: number; readonly state: string; readonly failure?: RunFailure }
  | { readonly type: "progress"; readonly node: string; readonly done: number; readonly total?: number }
  | { readonly type: "log"; readonly node: string; readonly message: string; readonly data?: unknown };
