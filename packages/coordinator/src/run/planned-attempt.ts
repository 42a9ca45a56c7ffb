import type { AttemptInput, AttemptRecord, NodeTiming } from "@arpeggio/core";
import { attemptInputOf } from "./attempt-input.ts";
import { labelsOf } from "./labels.ts";
import { nodePathOf } from "./node-path.ts";
import { nodePlanOf, scopeOf } from "./run-state.ts";
import type { RunState } from "./run-state.ts";
import { expireTimer } from "./timer-ids.ts";

/** What a worker is told of an attempt, as its run knows it now. */
export class PlannedAttempt implements AttemptRecord {
  readonly run: string;
  readonly partition: number;
  readonly node: number;
  readonly nodePath: string;
  readonly attempt: number;
  readonly task: string;
  readonly input: AttemptInput;
  readonly timeoutMs: number | undefined;
  readonly labels: Readonly<Record<string, string>> | undefined;
  readonly expiresAtMs: number | undefined;
  readonly each: true | undefined;
  readonly again: true | undefined;

  constructor(run: RunState, partition: number, node: number, attempt: number, again?: true) {
    const { start } = run;
    const { options, task, timing, each } = nodePlanOf(scopeOf(run, node), node);
    this.run = start.run;
    this.partition = partition;
    this.node = node;
    this.nodePath = nodePathOf(run, node);
    this.attempt = attempt;
    this.task = task;
    this.input = attemptInputOf(run, node);
    this.timeoutMs = options.timeoutMs ?? start.defaults?.timeoutMs;
    this.labels = labelsOf(run, node);
    this.expiresAtMs = expiryOf(run, timing, node, attempt);
    this.each = each ? true : undefined;
    this.again = again;
  }

  /** Bytes of its input. */
  get size(): number {
    const { input } = this;
    if (input.kind === "value") return input.payload.length;
    let bytes = input.expr.length;
    for (const arg of input.args) bytes += arg.length;
    return bytes;
  }
}

/** Until when the first attempt has to be begun: further ones are of a node that has begun. */
function expiryOf(run: RunState, timing: NodeTiming | undefined, node: number, attempt: number): number | undefined {
  if (timing?.expiresMs === undefined || attempt > 1) return undefined;
  return run.timers?.get(expireTimer(node));
}
