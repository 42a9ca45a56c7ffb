import fc from "fast-check";
import { anyInput, asPart, signalledCanvas, withMeaning } from "./any-canvas.ts";
import type { CanvasWithMeaning } from "./any-canvas.ts";
import {
  finisher,
  firstSuccess,
  quorumOf,
  raced,
  repeated,
  settledMembers,
  settledWithin,
} from "./canvas-composites.ts";
import { undoable } from "./canvas-handlers.ts";
import { chained, ignoring, list, number, pass, picky, refused } from "./canvas-parts.ts";
import type { Part } from "./canvas-parts.ts";
import { UNLIMITED } from "./excuses.ts";
import { drawFaults } from "./faults.ts";
import type { PlannedRun } from "./planned-run.ts";
import { laterCanvases, randomCourse, withoutMeaning } from "./random-course.ts";
import type { Random } from "./random.ts";
import type { Scenario } from "./simulation.ts";

/** A run that does not succeed is gone on with so often at most. */
const REDRIVES_MAX = 3;

/** A scenario with canvases, faults and everything else drawn from a seed. */
export function randomScenario(random: Random, powerLossesMs: readonly number[] = []): Scenario {
  const faults = drawFaults(random);
  const clients = random.int(1, 2);
  const attempts = random.pick([1, 1, 2, 4]);
  const deliveriesMax = random.pick([5, 100_000]);
  const leaseMs = random.pick([1_000, 3_000]);
  const faultyMs = random.chance(0.2) ? random.int(15_000, 40_000) : random.int(2_000, 15_000);
  // What a client has stored for a run must not be taken for garbage before the start is stored, however long the client stands still.
  const janitorMs = faults.pause + faults.outage > 0 ? 60_000 : random.pick([60_000, 60_000, 20_000]);
  const frame = {
    clients,
    attempts,
    faultyMs,
    isPoisonable: deliveriesMax === 5,
    isTidied: janitorMs < 60_000,
    areClocksRight: faults.clockJump === 0 && faults.clockDrift === 0,
  };
  const runs = plannedRuns(random, frame);
  return {
    world: {
      faults,
      clients,
      coordinators: random.int(1, 3),
      workers: random.int(1, 3),
      partitions: random.pick([1, 2, 3]),
      inlineBytesMax: random.pick([131_072, 131_072, 300, 40]),
      queueMessagesMax: random.pick([UNLIMITED, UNLIMITED, UNLIMITED, 1, 4]),
      leaseMs,
      checkpointMs: random.pick([100, 400]),
      janitorMs,
      ackWaitMs: random.pick([1_000, 5_000]),
      concurrency: random.pick([1, 2, 10]),
      deliveriesMax,
      powerLossesMs,
    },
    runs,
    canvases: runs.flatMap((run) => [run.canvas, ...laterCanvases(run)]),
    queues: ["bulk"],
    handlers: {},
    behaviour: {
      taskMs: random.pick([
        [0, 0],
        [0, 20],
        [5, 400],
        [500, 4_000],
      ]),
      flaky: attempts > 1 ? random.pick([0, 0.3, 0.7]) : 0,
      attempts,
    },
    faultyMs,
    // What was lost with the end of a store is found step by step, a minute or more each.
    calmMs: powerLossesMs.length === 0 ? 600_000 : 1_800_000,
    skipsWaits: false,
    stepsMax: 1_500_000,
    isOnceEach:
      powerLossesMs.length === 0 &&
      [
        faults.drop,
        faults.duplicate,
        faults.loss,
        faults.error,
        faults.delay,
        faults.crash,
        faults.pause,
        faults.outage,
        faults.restart,
        faults.clockJump,
        faults.clockDrift,
      ].every((chance) => chance === 0),
  };
}

interface Frame {
  readonly clients: number;
  readonly attempts: number;
  readonly faultyMs: number;
  readonly isPoisonable: boolean;
  /** Whether it is tidied up soon enough for later redrives to find out what is gone. */
  readonly isTidied: boolean;
  readonly areClocksRight: boolean;
}

function plannedRuns(random: Random, frame: Frame): readonly PlannedRun[] {
  const seed = random.int(0, 2 ** 31 - 1);
  const count = random.int(1, 6);
  const canvases = fc.sample(signalledCanvas, { seed, numRuns: count }).map((canvas) => begun(random, canvas));
  const inputs = fc.sample(anyInput, { seed: seed + 1, numRuns: count });
  const runs = canvases.map((canvas, i) =>
    plannedRun(random, frame, canvas, { input: inputs[i], name: String(i + 1) }),
  );
  const chosen = runs.find(({ options }) => options.id !== undefined);
  if (chosen === undefined) return runs;
  // Somebody else starts it too, with the same input or with another one.
  const again = {
    ...chosen,
    label: `${chosen.label} again`,
    client: random.int(1, frame.clients),
    atMs: random.int(0, 3_000),
  };
  if (random.chance(0.7)) return [...runs, again];
  const all = [...runs, { ...again, input: ["another", chosen.input] }];
  // Which of two runs of one id comes first is open, so nobody knows what it must come to.
  return all.map((run) => (run.options.id === chosen.options.id ? withoutMeaning(run) : run));
}

/** Some of the canvases fail late, when there is something to keep or to undo. */
function begun(random: Random, canvas: CanvasWithMeaning): CanvasWithMeaning {
  switch (
    random.pick(["as it is", "as it is", "as it is", "may fail", "undone", "undone unread", "decided"] as const)
  ) {
    case "as it is":
      return canvas;
    case "may fail":
      return withMeaning(chained(asPart(canvas), picky));
    case "undone":
      return withMeaning(chained(undoable(asPart(canvas), random.pick([number, finisher])), picky));
    case "undone unread":
      // What fails does not read what is undone, so nobody needs that again.
      return withMeaning(chained(undoable(asPart(canvas), number), ignoring(picky, random.int(0, 1_000))));
    case "decided":
      return withMeaning(chained(decided(random, asPart(canvas)), random.pick([pass, picky])));
  }
}

/** What others that fail, and others that succeed, decide about beside a canvas. */
function decided(random: Random, part: Part): Part {
  const all = [part, refused, random.pick([number, refused]), undoable(number, pass)];
  const first = random.int(0, 3);
  // Those that stand in front begin first.
  const members = [...all.slice(first), ...all.slice(0, first)];
  switch (random.pick(["any", "race", "quorum", "settled", "items", "rounds"] as const)) {
    case "any":
      return firstSuccess(members);
    case "race":
      return raced(members);
    case "quorum":
      return quorumOf(random.int(1, 3), members);
    case "settled":
      return settledMembers(members, random.int(0, 2));
    case "items":
      return chained(list, settledWithin(picky, random.int(0, 1)));
    case "rounds":
      return repeated(number, random.pick([undefined, 2_000]));
  }
}

function plannedRun(
  random: Random,
  { clients, attempts, faultyMs, isPoisonable, isTidied, areClocksRight }: Frame,
  canvas: CanvasWithMeaning,
  { input, name }: { readonly input: unknown; readonly name: string },
): PlannedRun {
  const hasId = random.chance(0.4);
  const timeoutMs = random.chance(0.15) ? random.int(100, 10_000) : undefined;
  const attemptMs = random.chance(0.2) ? random.int(300, 3_000) : undefined;
  const delay = random.pick([0, 100, 3_000]);
  const isExact = delay === 3_000;
  const alsoCodes = [
    ...(timeoutMs === undefined ? [] : ["RUN_TIMED_OUT"]),
    ...(attemptMs === undefined ? [] : ["TASK_TIMED_OUT"]),
    ...(isPoisonable ? ["TASK_POISONED"] : []),
  ];
  return {
    ...randomCourse(random, {
      name,
      canvas,
      input,
      alsoCodes,
      isTidied,
      // A coordinator whose clock is ahead is early.
      retry: { attempts, delayMsMin: isExact && areClocksRight ? delay : 0 },
      redrivesMax: REDRIVES_MAX,
    }),
    client: random.int(1, clients),
    atMs: random.chance(0.7) ? random.int(0, 500) : random.int(0, faultyMs),
    canvas: canvas.canvas,
    input,
    options: {
      ...(hasId ? { id: `chosen-${name}` } : {}),
      ...(timeoutMs === undefined ? {} : { timeout: timeoutMs }),
      defaults: {
        ...(attempts === 1
          ? {}
          : { retry: { attempts, delay, jitter: !isExact, backoff: random.pick(["fixed", "exponential"] as const) } }),
        ...(attemptMs === undefined ? {} : { timeout: attemptMs }),
        ...(random.chance(0.2) ? { queue: "bulk" } : {}),
      },
    },
  };
}
