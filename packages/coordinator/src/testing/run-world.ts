import { argumentPlace, decodeExpression, decodePayload, encodeKept, encodePayload, evaluate } from "@arpeggio/core";
import type { AttemptFailure, DoneNode, Expr, RunEvent, RunStarted, StepDefaults, WorkflowGraph } from "@arpeggio/core";
import type { Command, FinishCommand } from "../fold/commands.ts";
import { fold } from "../fold/fold.ts";
import type { PlanOf } from "../fold/fold-context.ts";
import { keepFrom } from "../fold/kept.ts";
import { attemptInputOf, evaluationOf } from "../run/attempt-input.ts";
import { violationsOf } from "../run/invariants.ts";
import { nodePathOf } from "../run/node-path.ts";
import { planGraph } from "../run/plan.ts";
import type { Plan } from "../run/plan.ts";
import type { RunLimits } from "../run/run-limits.ts";
import { decodeRun, encodeRun, restoreRun } from "../run/run-snapshot.ts";
import { createRun, nodePlanOf, scopeOf } from "../run/run-state.ts";
import type { RunState } from "../run/run-state.ts";
import { payloadOf } from "../run/value.ts";

/** An attempt as a worker of the tests sees it. */
export interface SeenAttempt {
  readonly node: number;
  readonly attempt: number;
  readonly path: string;
  readonly task: string;
  readonly input: unknown;
}

export interface RunOptions {
  readonly kept?: readonly DoneNode[];
  readonly defaults?: StepDefaults;
  readonly timeoutMs?: number;
}

/** One run under test: folds events, does what the commands ask for as far as it is pure, and looks at the invariants. */
export class RunWorld {
  run: RunState;
  nowMs = 1_000;
  /** Every event that was folded, with its time. */
  readonly log: { readonly event: RunEvent; readonly atMs: number }[] = [];
  /** The commands of each event. */
  readonly commands: (readonly Command[])[] = [];
  /** Attempts that were dispatched, in order. */
  readonly dispatched: SeenAttempt[] = [];
  /** Evaluations that were asked for and not answered, armed timers that have not fired. */
  readonly evaluations: string[] = [];
  readonly timers: { readonly timer: string; readonly dueAtMs: number }[] = [];
  finish: FinishCommand | undefined;
  checks = true;

  /** Plans that tasks may put in their places, by their hash. */
  readonly plans = new Map<string, Plan>();

  constructor(graph: WorkflowGraph, input: unknown, options: RunOptions = {}, limits?: RunLimits) {
    const { kept, ...rest } = options;
    const event = startOf(graph, input, rest);
    this.run = createRun(planGraph("hash", graph), event, this.nowMs, limits);
    if (kept !== undefined) keepFrom(this.run, encodeKept(kept));
    this.fold(event);
  }

  readonly planOf: PlanOf = (hash) => this.plans.get(hash) ?? { code: "GRAPH_NOT_FOUND", message: hash };

  /** Makes a graph known that a task may put in its place. */
  know(hash: string, graph: WorkflowGraph): void {
    this.plans.set(hash, planGraph(hash, graph));
  }

  fold(event: RunEvent): readonly Command[] {
    const commands = fold(this.run, event, this.nowMs, this.planOf);
    this.log.push({ event, atMs: this.nowMs });
    this.commands.push(commands);
    for (const command of commands) this.note(command);
    if (this.checks) {
      const violations = violationsOf(this.run);
      if (violations.length > 0) throw new Error(`after ${event.type}: ${violations.join("; ")}`);
    }
    return commands;
  }

  succeed(node: number, value: unknown, attempt = 1): readonly Command[] {
    return this.fold({ type: "attempt.succeeded", run: "r1", node, attempt, result: encodePayload(value) });
  }

  fail(node: number, attempt = 1, failure: Partial<AttemptFailure> = {}): readonly Command[] {
    const error = { name: "Error", message: "boom" };
    const whole: AttemptFailure = { code: "TASK_FAILED", error, permanent: false, ...failure };
    return this.fold({ type: "attempt.failed", run: "r1", node, attempt, failure: whole });
  }

  cancel(reason = "enough", compensate?: boolean): readonly Command[] {
    const more = compensate === undefined ? {} : { compensate };
    return this.fold({ type: "run.cancel.requested", run: "r1", reason, ...more });
  }

  cancelNodes(...nodes: readonly string[]): readonly Command[] {
    return this.fold({ type: "nodes.cancel.requested", run: "r1", nodes, reason: "" });
  }

  replace(node: number, hash: string, input: unknown, attempt = 1): readonly Command[] {
    const about = { run: "r1", node, attempt, graph: hash };
    return this.fold({ type: "attempt.replaced", ...about, input: encodePayload(input) });
  }

  signal(signal: string, payload: unknown, id = `${signal}-${this.log.length}`): readonly Command[] {
    return this.fold({ type: "signal.received", run: "r1", signal, id, payload: encodePayload(payload) });
  }

  /** The attempt that was dispatched last under this path. */
  attemptAt(path: string): SeenAttempt {
    const found = this.dispatched.findLast((one) => one.path === path);
    if (found === undefined)
      throw new Error(`'${path}' was not dispatched, but ${this.dispatched.map((one) => one.path).join()}`);
    return found;
  }

  /** Succeeds or fails the attempt that was dispatched last under a path. */
  done(path: string, value: unknown): readonly Command[] {
    const { node, attempt } = this.attemptAt(path);
    return this.succeed(node, value, attempt);
  }

  broken(path: string, failure: Partial<AttemptFailure> = {}): readonly Command[] {
    const { node, attempt } = this.attemptAt(path);
    return this.fail(node, attempt, failure);
  }

  /** Fires the timer that is due first. */
  fireTimer(): readonly Command[] {
    this.timers.sort((a, b) => a.dueAtMs - b.dueAtMs);
    const next = this.timers.shift();
    if (next === undefined) throw new Error("no timer is armed");
    this.nowMs = Math.max(this.nowMs, next.dueAtMs);
    return this.fold({ type: "timer.fired", run: "r1", timer: next.timer });
  }

  /** Answers the oldest evaluation. */
  evaluate(): readonly Command[] {
    const target = this.evaluations.shift();
    if (target === undefined) throw new Error("nothing is to be evaluated");
    return this.fold(this.evaluated(target));
  }

  evaluated(target: string): RunEvent {
    const evaluation = evaluationOf(this.run, target);
    if (evaluation === undefined) return { type: "expression.evaluated", run: "r1", target };
    try {
      const value = valueOf(evaluation.expr, evaluation.args);
      return { type: "expression.evaluated", run: "r1", target, value: encodePayload(value) };
    } catch (error) {
      const { name, message } = error as Error;
      return { type: "expression.evaluated", run: "r1", target, error: { name, message } };
    }
  }

  /** The run as it comes back from a checkpoint. */
  restart(): void {
    const snapshot = decodeRun(encodeRun(this.run, this.log.length));
    this.run = restoreRun(snapshot, this.run.plan, this.run.limits, this.plans);
  }

  /** What the run came to. */
  get value(): unknown {
    if (this.finish?.value === undefined) throw new Error(`the run has no value: ${this.run.life}`);
    return decodePayload(payloadOf(this.finish.value));
  }

  private note(command: Command): void {
    switch (command.type) {
      case "dispatch":
        this.dispatched.push(this.seen(command.node, command.attempt));
        break;
      case "evaluate":
        this.evaluations.push(command.target);
        break;
      case "arm":
        this.timers.push(command);
        break;
      case "finish":
        if (this.finish !== undefined) throw new Error("the run finished twice");
        this.finish = command;
        break;
      case "abort":
        break;
    }
  }

  private seen(node: number, attempt: number): SeenAttempt {
    const input = attemptInputOf(this.run, node);
    return {
      node,
      attempt,
      path: nodePathOf(this.run, node),
      task: nodePlanOf(scopeOf(this.run, node), node).task,
      input: input.kind === "value" ? decodePayload(input.payload) : valueOf(decodeExpression(input.expr), input.args),
    };
  }
}

export function startOf(graph: WorkflowGraph, input: unknown, options: Omit<RunOptions, "kept"> = {}): RunStarted {
  const payload = encodePayload(input);
  return {
    type: "run.started",
    run: "r1",
    client: "c1",
    workflow: graph.name,
    graph: "hash",
    input: payload,
    ...options,
  };
}

function valueOf(expr: Expr, args: readonly Uint8Array[]): unknown {
  const values = args.map((arg) => decodePayload(arg));
  return evaluate(expr, (ref) => values[argumentPlace(ref)]);
}
