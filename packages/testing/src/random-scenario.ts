import fc from "fast-check";
import { anyInput, signalledCanvas } from "./any-canvas.ts";
import type { CanvasWithMeaning } from "./any-canvas.ts";
import { drawFaults } from "./faults.ts";
import type { Intervention } from "./interventions.ts";
import type { Random } from "./random.ts";
import type { Scenario } from "./simulation.ts";
import type { PlannedRun } from "./workload.ts";

/** A scenario with canvases, faults and everything else drawn from a seed. */
export function randomScenario(random: Random): Scenario {
  const faults = drawFaults(random);
  const clients = random.int(1, 2);
  const attempts = random.pick([1, 1, 2, 4]);
  const deliveriesMax = random.pick([5, 100_000]);
  const leaseMs = random.pick([1_000, 3_000]);
  const faultyMs = random.chance(0.2) ? random.int(15_000, 40_000) : random.int(2_000, 15_000);
  const runs = plannedRuns(random, { clients, attempts, faultyMs, isPoisonable: deliveriesMax === 5 });
  return {
    world: {
      faults,
      clients,
      coordinators: random.int(1, 3),
      workers: random.int(1, 3),
      partitions: random.pick([1, 2, 3]),
      inlineBytesMax: random.pick([131_072, 131_072, 300, 40]),
      leaseMs,
      checkpointMs: random.pick([100, 400]),
      ackWaitMs: random.pick([1_000, 5_000]),
      concurrency: random.pick([1, 2, 10]),
      deliveriesMax,
    },
    runs,
    canvases: runs.map(({ canvas }) => canvas),
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
    calmMs: 600_000,
    skipsWaits: false,
    stepsMax: 400_000,
    isOnceEach: [
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
}

function plannedRuns(random: Random, frame: Frame): readonly PlannedRun[] {
  const seed = random.int(0, 2 ** 31 - 1);
  const count = random.int(1, 6);
  const canvases = fc.sample(signalledCanvas, { seed, numRuns: count });
  const inputs = fc.sample(anyInput, { seed: seed + 1, numRuns: count });
  const runs = canvases.map((one, i) => plannedRun(random, frame, { ...one, input: inputs[i], number: i + 1 }));
  const chosen = runs.find(({ options }) => options.id !== undefined);
  if (chosen === undefined) return runs;
  // Somebody else starts it too, with the same input or with another one.
  const again = {
    ...chosen,
    label: `${chosen.label} again`,
    client: random.int(1, frame.clients),
    atMs: random.int(0, 3_000),
  };
  return random.chance(0.7)
    ? [...runs, again]
    : [...runs, { ...again, input: ["another", chosen.input] }].map(withoutMeaning(chosen));
}

/** Which of two runs of one id comes first is open, so nobody knows what it must come to. */
function withoutMeaning(of: PlannedRun): (run: PlannedRun) => PlannedRun {
  return (run) => {
    if (run.options.id !== of.options.id) return run;
    const { expected: _expected, ...rest } = run;
    return rest;
  };
}

function plannedRun(
  random: Random,
  { clients, attempts, faultyMs, isPoisonable }: Frame,
  { canvas, meaning, input, number }: CanvasWithMeaning & { readonly input: unknown; readonly number: number },
): PlannedRun {
  const hasId = random.chance(0.4);
  const timeoutMs = random.chance(0.15) ? random.int(100, 10_000) : undefined;
  const attemptMs = random.chance(0.2) ? random.int(300, 3_000) : undefined;
  const isCancelled = random.chance(0.15);
  const delay = random.pick([0, 100, 3_000]);
  const ends = meaning(input);
  const alsoCodes = [
    ...(timeoutMs === undefined ? [] : ["RUN_TIMED_OUT"]),
    ...(attemptMs === undefined ? [] : ["TASK_TIMED_OUT"]),
    ...(isPoisonable ? ["TASK_POISONED"] : []),
  ];
  return {
    label: `run ${number}`,
    client: random.int(1, clients),
    atMs: random.chance(0.7) ? random.int(0, 500) : random.int(0, faultyMs),
    canvas,
    input,
    options: {
      ...(hasId ? { id: `chosen-${number}` } : {}),
      ...(timeoutMs === undefined ? {} : { timeout: timeoutMs }),
      defaults: {
        ...(attempts === 1
          ? {}
          : { retry: { attempts, delay, backoff: random.pick(["fixed", "exponential"] as const) } }),
        ...(attemptMs === undefined ? {} : { timeout: attemptMs }),
        ...(random.chance(0.2) ? { queue: "bulk" } : {}),
      },
    },
    ...(random.chance(0.3) ? { interventions: interventions(random) } : {}),
    ...(isCancelled ? { cancelAfterMs: random.int(0, 4_000) } : {}),
    ...(ends === undefined ? {} : { expected: { ends, alsoCodes } }),
  };
}

function interventions(random: Random): readonly Intervention[] {
  return Array.from({ length: random.int(1, 3) }, () => ({
    afterMs: random.int(0, 3_000),
    what: random.pick(["pause", "pause", "cancel a node", "signal early"] as const),
    forMs: random.int(0, 5_000),
  }));
}
