import fc from "fast-check";
import { encodeOutcome, encodePayload } from "@arpeggio/core";
import type { OutcomeRecord, RunEvent, WorkflowGraph } from "@arpeggio/core";
import { describe, expect, test } from "vitest";
import { fold } from "./fold.ts";
import { hasEnded } from "../run/node-table.ts";
import { isRunEnded } from "../run/run-machine.ts";
import type { RunLimits } from "../run/run-limits.ts";
import { createRun } from "../run/run-state.ts";
import { encodeRun } from "../run/run-snapshot.ts";
import { payloadOf } from "../run/value.ts";
import { expectedValue, signalPayload, taskResult } from "../testing/expected-value.ts";
import { graphOfTask, randomGraph, wildGraph } from "../testing/random-graph.ts";
import { RunWorld, startOf } from "../testing/run-world.ts";
import type { RunOptions, SeenAttempt } from "../testing/run-world.ts";

interface Course {
  /** Chooses among what may happen next. */
  readonly choices: readonly number[];
  /** How many of a hundred attempts fail. */
  readonly failing: number;
  /** After how many events the run is cancelled; never if it ends before. */
  readonly cancelAfter: number;
  /** It is not cancelled then, but told the outcome that it had come to before. */
  readonly told?: OutcomeRecord;
  readonly restartEvery: number;
  /** Handlers end scopes and runs, and nodes are cancelled. */
  readonly isWild: boolean;
}

const course = (bounds: { failingMax: number; cancels: boolean }): fc.Arbitrary<Course> =>
  fc.record({
    choices: fc.array(fc.nat(1_000_000), { minLength: 50, maxLength: 50 }),
    failing: fc.nat(bounds.failingMax),
    cancelAfter: bounds.cancels ? fc.oneof(fc.nat(40), fc.constant(Infinity)) : fc.constant(Infinity),
    restartEvery: fc.integer({ min: 1, max: 12 }),
    isWild: fc.constant(bounds.cancels),
  });

/** Small enough for the maps of random graphs to be held back and packed. */
const limits: fc.Arbitrary<RunLimits> = fc.record({
  inFlightMax: fc.integer({ min: 1, max: 6 }),
  packedFrom: fc.integer({ min: 1, max: 4 }),
});

const EVENTS_MAX = 20_000;

const TASKS = ["list", "value", "count"];
const SIGNALS = ["go", "stop"];

function worldOf(graph: WorkflowGraph, input: unknown, options: RunOptions, small: RunLimits): RunWorld {
  const world = new RunWorld(graph, input, options, small);
  for (const task of TASKS) world.know(task, graphOfTask(task));
  return world;
}

/** Drives a run to its end: in any order, every event twice, as the course says. */
function drive(world: RunWorld, plan: Course, restarts: boolean): void {
  let step = 0;
  let random = plan.choices[0] ?? 1;
  const choose = (below: number) => {
    random = (Math.imul(random, 1_103_515_245) + 12_345 + (plan.choices[step % plan.choices.length] ?? 0)) >>> 0;
    return (random >>> 8) % below;
  };
  const open = () => world.dispatched.filter(({ node, attempt }) => !done.has(`${node}:${attempt}`));
  const done = new Set<string>();
  const twice = (event: RunEvent) => {
    world.fold(event);
    expect(world.fold(event)).toEqual([]);
  };
  const send = () => {
    const signal = SIGNALS[choose(SIGNALS.length)] as string;
    const payload = encodePayload(signalPayload(signal));
    twice({ type: "signal.received", run: "r1", signal, id: `signal ${step}`, payload });
  };
  const report = ({ node, attempt, path, task, input }: SeenAttempt) => {
    done.add(`${node}:${attempt}`);
    const about = { run: "r1", node, attempt };
    if (choose(3) === 0) world.fold({ type: "attempt.started", ...about, worker: "w1" });
    if (choose(100) < plan.failing) {
      const error = { name: "Error", message: `boom at ${path}` };
      const failure = { code: "TASK_FAILED", error, permanent: choose(4) === 0 };
      twice({ type: "attempt.failed", ...about, failure });
    } else if (choose(12) === 0) {
      twice({ type: "attempt.replaced", ...about, graph: task, input: encodePayload(input) });
    } else {
      const result = encodePayload(taskResult(task, input));
      const ends = plan.isWild && choose(20) === 0 ? { ends: (["scope", "run"] as const)[choose(2)] ?? "run" } : {};
      twice({ type: "attempt.succeeded", ...about, result, ...ends });
    }
  };

  for (; !isRunEnded(world.run.life); step++) {
    if (step > EVENTS_MAX) throw new Error("the run does not end");
    if (restarts && step % plan.restartEvery === 0) world.restart();
    if (step >= plan.cancelAfter && plan.told !== undefined) {
      const outcome = encodeOutcome({ ...plan.told, startedAtMs: world.run.startedAtMs });
      twice({ type: "run.ended", run: "r1", outcome });
      break;
    }
    if (step >= plan.cancelAfter) {
      const compensate = choose(2) === 0 ? { compensate: true } : {};
      twice({ type: "run.cancel.requested", run: "r1", reason: "enough", ...compensate });
      if (isRunEnded(world.run.life)) break;
    }
    const isPaused = world.run.extras?.paused !== undefined;
    if (choose(15) === 0) twice({ type: "run.pause.requested", run: "r1", reason: "wait" });
    else if (isPaused && choose(4) === 0) twice({ type: "run.resume.requested", run: "r1" });
    if (choose(15) === 0) send();
    if (plan.isWild && choose(25) === 0) {
      const paths = world.dispatched.map(({ path }) => path);
      const path = paths[choose(paths.length + 1)] ?? "n1";
      const cut = path.slice(0, path.lastIndexOf("/", choose(path.length + 1)));
      twice({ type: "nodes.cancel.requested", run: "r1", nodes: [choose(2) === 0 ? path : cut], reason: "" });
    }
    if (isRunEnded(world.run.life)) break;
    const attempts = open();
    const pick = choose(attempts.length + world.evaluations.length + (world.timers.length > 0 ? 1 : 0) || 1);
    const attempt = attempts[pick];
    if (attempt !== undefined) report(attempt);
    else if (pick < attempts.length + world.evaluations.length) {
      const [target] = world.evaluations.splice(pick - attempts.length, 1) as [string];
      twice(world.evaluated(target));
    } else if (world.timers.length > 0) world.fireTimer();
    else if (world.run.extras?.paused !== undefined) twice({ type: "run.resume.requested", run: "r1" });
    else send();
  }
}

const defaults = { retry: { attempts: 3, backoff: "fixed", delayMs: 10 } } as const;

describe("a random run", () => {
  test("comes to the value of a plain recursive evaluation, whatever the order", () => {
    fc.assert(
      fc.property(
        randomGraph,
        course({ failingMax: 0, cancels: false }),
        fc.boolean(),
        limits,
        (graph, plan, restarts, small) => {
          const input = { list: [1, 2], text: "x" };
          const world = worldOf(graph, input, {}, small);
          drive(world, plan, restarts);
          expect(world.value).toEqual(expectedValue(graph, input));
        },
      ),
      { numRuns: 150 },
    );
  });

  test("ends when all its nodes have ended, dispatches each attempt once, and never before its needs", () => {
    fc.assert(
      fc.property(wildGraph, course({ failingMax: 40, cancels: true }), limits, (graph, plan, small) => {
        // Needs, wakers and results are looked at after every event by RunWorld.
        const world = worldOf(graph, 1, { defaults }, small);
        drive(world, plan, false);
        expect(world.finish?.state).toBe(world.run.life);
        const states = Array.from({ length: world.run.nodeCount }, (_, node) => world.run.states[node] as number);
        expect(states.every(hasEnded)).toBe(true);
        const ids = world.dispatched.map(({ node, attempt }) => `${node}:${attempt}`);
        expect(new Set(ids).size).toBe(ids.length);
      }),
      { numRuns: 100 },
    );
  });

  test("ends with the outcome that it is told to have, wherever it stands, and nothing else follows", () => {
    const about = { run: "r1", workflow: "w", graph: "hash", startedAtMs: 0, endedAtMs: 77, counts: {} };
    const told = fc.constantFrom("succeeded", "failed", "cancelled").map((state) => ({ ...about, state }) as const);
    fc.assert(
      fc.property(wildGraph, course({ failingMax: 30, cancels: true }), told, limits, (graph, plan, outcome, small) => {
        const world = worldOf(graph, 1, { defaults }, small);
        fc.pre(!isRunEnded(world.run.life));
        drive(world, { ...plan, told: outcome }, true);
        const last = world.log.findIndex(({ event }) => event.type === "run.ended");
        if (last < 0) return;
        expect(world.run).toMatchObject({
          life: outcome.state,
          endedAtMs: 77,
          timers: undefined,
          evaluations: undefined,
        });
        const stored = encodeOutcome({ ...outcome, startedAtMs: world.run.startedAtMs });
        expect(world.commands[last]).toEqual([
          { type: "abort", reason: "the run has ended" },
          { type: "finish", state: outcome.state, stored },
        ]);
      }),
      { numRuns: 100 },
    );
  });

  test("is the same when its log is folded again", () => {
    fc.assert(
      fc.property(wildGraph, course({ failingMax: 30, cancels: true }), limits, (graph, plan, small) => {
        const world = worldOf(graph, 1, { defaults }, small);
        drive(world, plan, false);
        const again = createRun(world.run.plan, startOf(graph, 1, { defaults }), world.log[0]?.atMs ?? 0, small);
        const commands = world.log.map(({ event, atMs }) => fold(again, event, atMs, world.planOf));
        expect(commands).toEqual(world.commands);
        expect(again).toEqual(world.run);
      }),
      { numRuns: 100 },
    );
  });

  test("is the same when it goes on from a checkpoint at any point", () => {
    fc.assert(
      fc.property(wildGraph, course({ failingMax: 30, cancels: true }), limits, (graph, plan, small) => {
        const straight = worldOf(graph, 1, { defaults }, small);
        drive(straight, plan, false);
        const restarted = worldOf(graph, 1, { defaults }, small);
        drive(restarted, plan, true);
        expect(restarted.log).toEqual(straight.log);
        expect(restarted.commands.map(plain)).toEqual(straight.commands.map(plain));
        expect(encodeRun(restarted.run, 0)).toEqual(encodeRun(straight.run, 0));
      }),
      { numRuns: 100 },
    );
  });

  test("that fails goes on in another run with what it leaves, and comes to the same value", () => {
    fc.assert(
      fc.property(
        randomGraph,
        course({ failingMax: 20, cancels: false }),
        fc.boolean(),
        limits,
        (graph, plan, restarts, small) => {
          const first = worldOf(graph, 1, {}, small);
          drive(first, plan, restarts);
          // Where failures were dealt with, what came of that is kept, too, and no plain evaluation has it.
          fc.pre(first.finish?.remains !== undefined && first.run.failureCount === 1);
          const kept = first.finish?.remains?.succeeded.filter(({ value }) => value !== undefined) ?? [];
          const again = worldOf(graph, 1, { kept }, small);
          drive(again, { ...plan, failing: 0 }, restarts);
          expect(again.value).toEqual(expectedValue(graph, 1));
        },
      ),
      { numRuns: 100 },
    );
  });
});

/** Commands with values in one piece: a checkpoint keeps no lists of values apart. */
function plain(commands: RunWorld["commands"][number]): unknown[] {
  return commands.map((command) =>
    command.type === "finish" && command.value !== undefined
      ? { ...command, value: Buffer.from(payloadOf(command.value)) }
      : command,
  );
}
