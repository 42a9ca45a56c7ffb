import { decodeEvent, encodeEvent, encodeOutcome, encodePayload, splitFrames } from "@arpeggio/core";
import type { Frame, Payload, RunEvent } from "@arpeggio/core";
import { planGraph } from "../../../packages/coordinator/src/run/plan.ts";
import { fold } from "../../../packages/coordinator/src/fold/fold.ts";
import { attemptInputOf, evaluationOf } from "../../../packages/coordinator/src/run/attempt-input.ts";
import { violationsOf } from "../../../packages/coordinator/src/run/invariants.ts";
import { isRunEnded } from "../../../packages/coordinator/src/run/run-machine.ts";
import { decodeRun, encodeRun, restoreRun } from "../../../packages/coordinator/src/run/run-snapshot.ts";
import { createRun } from "../../../packages/coordinator/src/run/run-state.ts";
import type { RunState } from "../../../packages/coordinator/src/run/run-state.ts";
import { nodeCode } from "../../../packages/coordinator/src/run/node-table.ts";
import { startOf } from "../../../packages/coordinator/src/testing/run-world.ts";
import { limits, REPLACEMENT } from "../corpus/checkpoints.ts";
import { graphs } from "../corpus/graphs.ts";
import { attemptFailure, defaults, list, payload, reference } from "../corpus/parts.ts";
import { eventRecords } from "../corpus/records.ts";
import { hostileValue } from "../mutation/hostile-values.ts";
import { ensure, tried } from "../oracles/harm.ts";
import { randomOf } from "../random.ts";
import type { Random } from "../random.ts";
import type { Group } from "./group.ts";

/** The course of a run, read from bytes: each decides on what comes next. Where they end, all is as the last one says. */
class Course {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get isOver(): boolean {
    return this.#at >= this.#bytes.length;
  }

  next(end: number): number {
    return (this.#bytes[this.#at++] ?? 0) % end;
  }

  pick<T>(from: readonly T[]): T | undefined {
    return from[this.next(Math.max(1, from.length))];
  }

  /** Random numbers that depend on the next two bytes alone. */
  random(): Random {
    return randomOf(this.next(256) * 256 + this.next(256));
  }
}

const plans = graphs.map((graph) => planGraph("hash", graph));
const replacement = planGraph(REPLACEMENT, graphs[3] as (typeof graphs)[number]);
const further = new Map([[REPLACEMENT, replacement]]);
const planOf = (hash: string) => further.get(hash) ?? { code: "GRAPH_NOT_FOUND", message: hash };
const frames: readonly Frame[] = eventRecords.flatMap((bytes) => splitFrames(bytes));
const strange = frames.map(decodeEvent);
const values = [
  payload,
  list,
  reference,
  encodePayload(true),
  encodePayload(false),
  encodePayload("left"),
  encodePayload(4),
];
const run = "r1";

/**
 * A run of a graph with nodes of all kinds, to which whoever may write events tells whatever comes to mind: what is under
 * way ends, well or badly or as no value at all; timers, signals and evaluations come that nobody waits for; now and then
 * it is restored from its checkpoint. Nothing of it is a fault of the fold, and the run stays sound.
 */
export const runGroup: Group = {
  name: "runs",
  make: (random) => Uint8Array.from({ length: 8 + random(60) }, () => random(256)),
  read(bytes, tally) {
    const course = new Course(bytes);
    const which = course.next(graphs.length);
    const graph = graphs[which] as (typeof graphs)[number];
    const start = startOf(graph, { size: 2 }, course.next(2) === 0 ? {} : { defaults, timeoutMs: 50 });
    let state = createRun(plans[which] as (typeof plans)[number], start, 1_000, limits);
    let nowMs = 1_000;
    for (let event: RunEvent = start; ; event = nextEvent(course, state)) {
      // What cannot be read is set aside, and the run goes on without it.
      const sent = tried(tally, "decodeEvent", [], () => overTheWire(event))?.value;
      const commands = sent === undefined ? [] : fold(state, sent, nowMs, planOf);
      for (const command of commands) {
        if (command.type === "dispatch") attemptInputOf(state, command.node);
        else if (command.type === "evaluate") evaluationOf(state, command.target);
      }
      if (course.isOver || isRunEnded(state.life)) break;
      if (course.next(20) === 0) state = restored(state);
      nowMs += course.next(30);
    }
    const violations = violationsOf(state);
    ensure(violations.length === 0, `a run is not sound: ${violations.join("; ")}`);
    // Restoring takes as long as all the rest.
    if (!isRunEnded(state.life) && bytes.length % 4 === 0) restored(state);
  },
};

function overTheWire(event: RunEvent): RunEvent {
  const [frame] = splitFrames(encodeEvent(event));
  return decodeEvent(frame as Frame);
}

/** The run as its checkpoint has it, which must be the same. */
function restored(state: RunState): RunState {
  const bytes = encodeRun(state, 1);
  const again = restoreRun(decodeRun(bytes), state.plan, limits, further);
  ensure(Buffer.compare(bytes, encodeRun(again, 1)) === 0, "a run is another when it is restored");
  return again;
}

function nextEvent(course: Course, state: RunState): RunEvent {
  const kind = course.next(16);
  if (kind < 5) {
    const { node, attempt } = attemptIn(course, state);
    return { type: "attempt.succeeded", run, node, attempt, result: valueIn(course), ...endsIn(course) };
  }
  switch (kind) {
    case 5: {
      const permanent = course.next(2) === 0;
      const retryAfterMs = course.pick([0, -5, 1e300, 2 ** 53, 0.5]) ?? 0;
      return {
        type: "attempt.failed",
        run,
        ...attemptIn(course, state),
        failure: { ...attemptFailure, permanent, retryAfterMs },
      };
    }
    case 6:
      return { type: "attempt.started", run, ...attemptIn(course, state), worker: "w" };
    case 7: {
      const graph = course.next(3) === 0 ? "nothing" : REPLACEMENT;
      return { type: "attempt.replaced", run, ...attemptIn(course, state), graph, input: valueIn(course) };
    }
    case 8:
    case 9:
      return { type: "timer.fired", run, timer: textIn(course, [...(state.timers?.keys() ?? [])], timerTexts) };
    case 10:
    case 11: {
      const target = textIn(course, [...(state.evaluations ?? [])], targetTexts);
      return { type: "expression.evaluated", run, target, value: valueIn(course) };
    }
    case 12:
      return { type: "signal.received", run, signal: "approved", id: `${course.next(8)}`, payload: valueIn(course) };
    case 13: {
      const path =
        course.pick(["map", "map[1]", "map[1]/a", "scope", "loop", "choose", "branches", "signal", ""]) ?? "";
      const label = course.next(3) === 0 ? { label: ["team", "a"] as const } : {};
      return { type: "nodes.cancel.requested", run, nodes: [path], reason: "", ...label };
    }
    case 14:
      return course.next(2) === 0
        ? { type: "run.pause.requested", run, reason: "" }
        : { type: "run.resume.requested", run };
    default: {
      // Of another run, as it was written; now and then the end of this one.
      if (course.next(8) === 0) return { type: "run.ended", run, outcome: outcomeIn(course, state) };
      if (course.next(4) === 0)
        return { type: "run.cancel.requested", run, reason: "", compensate: course.next(2) === 0 };
      return course.pick(strange) as RunEvent;
    }
  }
}

/** Of this run, or of another one that had its id. */
function outcomeIn(course: Course, { startedAtMs }: RunState): Uint8Array {
  const end = course.pick(["succeeded", "failed", "cancelled"] as const) ?? "failed";
  const about = { run, workflow: "w", graph: "hash", startedAtMs: startedAtMs + course.next(2), endedAtMs: 2_000 };
  return encodeOutcome({ ...about, state: end, counts: {} });
}

function attemptIn(course: Course, { states, nodeCount, attempts }: RunState): { node: number; attempt: number } {
  const underWay: number[] = [];
  for (let node = 0; node < nodeCount; node++) {
    if (states[node] === nodeCode.queued || states[node] === nodeCode.running) underWay.push(node);
  }
  const isSound = course.next(5) > 0 && underWay.length > 0;
  const node = isSound ? (course.pick(underWay) as number) : (course.pick([0, 1, 7, nodeCount, 2 ** 53 - 1]) as number);
  const attempt = course.next(9) === 0 ? course.next(4) : (attempts?.get(node) ?? 1);
  return { node, attempt };
}

function valueIn(course: Course): Payload {
  if (course.next(3) > 0) return course.pick(values) as Payload;
  return course.next(4) === 0 ? new Uint8Array(course.next(2)) : hostileValue(course.random());
}

function endsIn(course: Course): { readonly ends?: "scope" | "run" } {
  const ends = ([undefined, undefined, undefined, undefined, "scope", "run"] as const)[course.next(6)];
  return ends === undefined ? {} : { ends };
}

const timerTexts = ["timeout", "retry:0:1", "begin:1", "expire:2", "within:99999", "round:-1", "retry:", ":", ""];
const targetTexts = ["over:0", "output:0:0", "output:0:1", "output:99:0", "input:1.5", "on:-1", "until:", ""];

function textIn(course: Course, known: readonly string[], others: readonly string[]): string {
  return (known.length > 0 && course.next(4) > 0 ? course.pick(known) : course.pick(others)) ?? "";
}
