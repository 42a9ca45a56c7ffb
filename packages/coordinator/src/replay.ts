import {
  blobReferenceOf,
  decodeGraph,
  decodeOutcome,
  graphPartKeys,
  isBlobReference,
  joinGraph,
  readEvents,
} from "@arpeggio/core";
import type {
  GraphNode,
  LogMessage,
  NodeState,
  OutcomeRecord,
  RunEnded,
  RunEvent,
  RunStarted,
  WorkflowGraph,
} from "@arpeggio/core";
import type { FinishCommand } from "./fold/commands.ts";
import { isLookedAt } from "./run/evaluation-target.ts";
import { fold } from "./fold/fold.ts";
import { keepFrom } from "./fold/kept.ts";
import { isOfStart } from "./fold/run-ended.ts";
import { violationsOf } from "./run/invariants.ts";
import { nodePathOf, placesOfNode } from "./run/node-path.ts";
import { nodeCode } from "./run/node-table.ts";
import { planGraph } from "./run/plan.ts";
import type { Plan } from "./run/plan.ts";
import { isRunEnded } from "./run/run-machine.ts";
import { runLimits } from "./run/run-limits.ts";
import { decodeRun, furtherGraphsOf, restoreRun } from "./run/run-snapshot.ts";
import { attemptOf, createRun, nodePlanOf, scopeOf, stateOf } from "./run/run-state.ts";
import type { RunState } from "./run/run-state.ts";
import { endOf } from "./runtime/outcomes.ts";
import { stateBlobOf } from "./runtime/state-store.ts";

/** Where a replay finds what events only refer to; both are asked while it folds, so they must answer at once. */
export interface ReplaySources {
  /** What the `graphs` bucket has under a key: a graph's hash, or the key of a part of one. */
  graphOf(key: string): Uint8Array | undefined;
  blobOf(key: string): Uint8Array | undefined;
}

export interface ReplayedNode {
  /** E.g. `map[3]/image.resize`. */
  readonly path: string;
  readonly kind: GraphNode["kind"];
  readonly state: NodeState;
  readonly attempt: number;
}

/** A run as the log tells it. */
export interface ReplayedRun {
  readonly id: string;
  /** Token of the client that started it. */
  readonly client: string;
  /** Hash of the graph that it began on. */
  readonly graph: string;
  /** How it ended, with its whole value; undefined as long as it goes on. */
  readonly outcome: OutcomeRecord | undefined;
  /** When the first of its timers is due, by the log's clock; undefined if it waits for none. */
  readonly nextTimerAtMs: number | undefined;
  readonly isPaused: boolean;
  /** Names of the signals that nodes wait for. */
  readonly waitingSignals: readonly string[];
  /** In the order of their numbers. */
  nodes(): readonly ReplayedNode[];
  /** Paths of all that a node lies in, by its number; the outermost first and its own last, e.g. `map`, `map[3]`, `map[3]/image.resize`. */
  placesOf(node: number): readonly string[];
  /** The numbers of the nodes that a node needs; all lie beside it. */
  needsOf(node: number): readonly number[];
  /** What does not hold in it; empty for a sound run. Costs a look at every node. */
  violations(): readonly string[];
}

/**
 * Folds a log from its beginning and keeps every run. An auditor's view: coordinators, whatever happened to them, must
 * have come to the same.
 */
export class LogReplay {
  readonly #sources: ReplaySources;
  readonly #plans = new Map<string, Plan>();
  readonly #runs = new Map<string, Replayed>();

  constructor(sources: ReplaySources) {
    this.#sources = sources;
  }

  run(id: string): ReplayedRun | undefined {
    return this.#runs.get(id);
  }

  runs(): readonly ReplayedRun[] {
    return [...this.#runs.values()];
  }

  /** Folds one message; gives the runs that it was about. */
  take(message: LogMessage): ReadonlySet<ReplayedRun> {
    const touched = new Set<ReplayedRun>();
    readEvents(
      message.bytes,
      (event) => {
        const run = this.#runs.get(event.run) ?? this.#begin(event, message);
        if (run === undefined) return;
        run.take(event, message);
        touched.add(run);
      },
      (_bytes, error) => {
        throw error;
      },
    );
    return touched;
  }

  /**
   * What a run comes to from a checkpoint (the value of its record in the `runs` bucket) and the messages of its partition.
   */
  resumed(checkpoint: Uint8Array, messages: readonly LogMessage[]): ReplayedRun | undefined {
    const blob = stateBlobOf(checkpoint);
    const bytes = blob === undefined ? checkpoint : this.#sources.blobOf(blob);
    if (bytes === undefined) return undefined;
    const snapshot = decodeRun(bytes);
    const further = new Map(furtherGraphsOf(snapshot).map((hash) => [hash, this.#planOf(hash)]));
    const state = restoreRun(snapshot, this.#planOf(snapshot.start.graph), runLimits, further);
    const run = new Replayed(state, this.#sources, (hash) => this.#planOf(hash));
    for (const message of messages) {
      if (message.sequence <= snapshot.sequence) continue;
      const onEvent = (event: RunEvent) => {
        if (event.run === run.id) run.take(event, message);
      };
      readEvents(message.bytes, onEvent, () => {});
    }
    return run;
  }

  #begin(event: RunEvent, { sequence, timestampMs }: LogMessage): Replayed | undefined {
    if (event.type !== "run.started") return undefined;
    const state = createRun(this.#planOf(event.graph), event, timestampMs);
    state.startSequence = sequence;
    const kept = event.kept === undefined ? undefined : this.#sources.blobOf(event.kept);
    if (kept !== undefined) keepFrom(state, kept);
    const run = new Replayed(state, this.#sources, (hash) => this.#planOf(hash));
    this.#runs.set(event.run, run);
    return run;
  }

  #planOf(hash: RunStarted["graph"]): Plan {
    let plan = this.#plans.get(hash);
    if (plan === undefined) {
      const value = this.#sources.graphOf(hash);
      if (value === undefined) throw new TypeError(`the graph ${hash} is not stored`);
      const parts = graphPartKeys(value)?.map((key) => this.#sources.graphOf(key));
      const bytes = parts === undefined ? value : joinGraph(value, parts);
      plan = planGraph(hash, decodeGraph(bytes) as WorkflowGraph);
      this.#plans.set(hash, plan);
    }
    return plan;
  }
}

class Replayed implements ReplayedRun {
  outcome: OutcomeRecord | undefined;
  readonly #state: RunState;
  readonly #sources: ReplaySources;
  readonly #planOf: (hash: string) => Plan;

  constructor(state: RunState, sources: ReplaySources, planOf: (hash: string) => Plan) {
    this.#state = state;
    this.#sources = sources;
    this.#planOf = planOf;
  }

  get id(): string {
    return this.#state.start.run;
  }

  get client(): string {
    return this.#state.start.client;
  }

  get graph(): string {
    return this.#state.start.graph;
  }

  get nextTimerAtMs(): number | undefined {
    const { timers } = this.#state;
    let next: number | undefined;
    for (const atMs of timers?.values() ?? []) next = Math.min(next ?? atMs, atMs);
    return next;
  }

  get isPaused(): boolean {
    return this.#state.extras?.paused !== undefined;
  }

  get waitingSignals(): readonly string[] {
    const { extras, states } = this.#state;
    const waiting = [...(extras?.waiters ?? [])].filter(([, nodes]) =>
      nodes.some((node) => states[node] === nodeCode.running),
    );
    return waiting.map(([name]) => name);
  }

  take(event: RunEvent, { sequence, timestampMs }: LogMessage): void {
    if (event.type === "run.ended" && this.outcome !== undefined) return this.#keepFirst(event);
    if (isRunEnded(this.#state.life)) return;
    const commands = fold(this.#state, this.#withValue(event), timestampMs, this.#planOf);
    const finish = commands.find((command): command is FinishCommand => command.type === "finish");
    if (finish !== undefined) this.outcome = endOf(this.#state, finish, sequence).outcome;
  }

  /** It had ended before, in a part of the log that is lost, and stays what it was then. */
  #keepFirst({ outcome: bytes }: RunEnded): void {
    const outcome = decodeOutcome(bytes);
    if (isOfStart(outcome, this.#state)) this.outcome = outcome;
  }

  nodes(): readonly ReplayedNode[] {
    const state = this.#state;
    return Array.from({ length: state.nodeCount }, (_, node) => ({
      path: nodePathOf(state, node),
      kind: nodePlanOf(scopeOf(state, node), node).kind,
      state: stateOf(state, node),
      attempt: attemptOf(state, node),
    }));
  }

  placesOf(node: number): readonly string[] {
    return placesOfNode(this.#state, node);
  }

  needsOf(node: number): readonly number[] {
    const scope = scopeOf(this.#state, node);
    const { index, needs } = nodePlanOf(scope, node);
    return needs.map((need) => node - index + need);
  }

  violations(): readonly string[] {
    return violationsOf(this.#state);
  }

  /** The event with the value itself where it refers to one that the fold looks at, as an owner folds it. */
  #withValue(event: RunEvent): RunEvent {
    if (event.type !== "expression.evaluated" || event.value === undefined || !isBlobReference(event.value))
      return event;
    if (!isLookedAt(event.target)) return event;
    const key = blobReferenceOf(event.value)?.key;
    const value = key === undefined ? undefined : this.#sources.blobOf(key);
    return key === undefined || value === undefined ? event : { ...event, value, blob: key };
  }
}
