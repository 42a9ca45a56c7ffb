import type { RunOptions } from "@arpeggio/client";
import { OptionInvalidError, runFailureOf } from "@arpeggio/core";
import type { AnyCanvas, RunFailure, RunInput, RunOutput } from "@arpeggio/core";
import type { Execution } from "./auditor.ts";
import { UNLIMITED } from "./excuses.ts";
import { drawFaults, faultsOf } from "./faults.ts";
import type { Faults } from "./faults.ts";
import { createRandom } from "./random.ts";
import type { Random } from "./random.ts";
import type { AnyHandler } from "./sim-tasks.ts";
import { SimulationFailedError } from "./simulation-errors.ts";
import { runScenario } from "./simulation.ts";
import type { Scenario } from "./simulation.ts";

/** Options of {@link simulate}. */
export interface SimulationOptions {
  /**
   * Decides everything that is left to chance, a whole number from 0 to 2^32 - 1. The same seed gives the same course of
   * events.
   *
   * @defaultValue `1`
   */
  readonly seed?: number;
  /** What goes wrong; kinds that are left out do not. @defaultValue some of all kinds, drawn from the seed */
  readonly faults?: Partial<Faults>;
  /** Code instead of that of the tasks with these names: for tasks that would reach out of the process. */
  readonly tasks?: Readonly<Record<string, AnyHandler>>;
  /** How long each handler takes at least and at most, in virtual milliseconds. @defaultValue `[0, 50]` */
  readonly taskMs?: readonly [least: number, most: number];
  /** Options of the run. */
  readonly run?: RunOptions;
  /** How many workers there are. @defaultValue `2` */
  readonly workers?: number;
}

/** What a simulated run came to. */
export interface SimulationReport<O> {
  readonly state: "succeeded" | "failed" | "cancelled";
  /** The result, where it succeeded. */
  readonly value: O | undefined;
  /** Why it did not. */
  readonly failure: RunFailure | undefined;
  /** Every call of a handler, in order: a fault may have one attempt executed twice. */
  readonly executions: readonly Execution[];
  /** From the start of the run to its end, in virtual milliseconds. */
  readonly runMs: number;
  /** What happened, one line each: virtual seconds, who, what. */
  readonly trace: readonly string[];
}

const FAULTY_MS = 10_000;
/** Retries may wait for days. */
const CALM_MS = 60 * 24 * 60 * 60_000;

/**
 * Runs a workflow once in a made-up world: real client, coordinators and workers, with faults, on a virtual clock in which
 * waits take no time. Handlers are really called.
 *
 * Give it many seeds. Handlers must not wait for anything outside the process; `setTimeout` follows the virtual clock.
 *
 * @throws SimulationFailedError when the run does not end or a promise of the engine is broken.
 * @throws OptionInvalidError
 */
export async function simulate<C extends AnyCanvas>(
  canvas: C,
  input: RunInput<C>,
  options: SimulationOptions = {},
): Promise<SimulationReport<RunOutput<C>>> {
  const { seed = 1 } = options;
  if (!Number.isInteger(seed) || seed < 0 || seed >= 2 ** 32)
    throw new OptionInvalidError("seed", seed, "a whole number from 0 to 2^32 - 1");
  const random = createRandom(seed);
  const { world, violations } = await runScenario(scenarioOf(canvas, input, options, random), random);
  const trace = world.trace.lines();
  const [run] = world.auditor.replay.runs();
  if (violations.length > 0) throw new SimulationFailedError(seed, violations, trace);
  if (run?.outcome === undefined) throw new SimulationFailedError(seed, ["the run could not be started"], trace);
  const { state, failure, startedAtMs, endedAtMs } = run.outcome;
  return {
    state,
    value: (await world.auditor.valueOf(run.outcome)) as RunOutput<C> | undefined,
    failure: failure && runFailureOf(failure),
    executions: world.auditor.executions,
    runMs: endedAtMs - startedAtMs,
    trace,
  };
}

function scenarioOf(canvas: AnyCanvas, input: unknown, options: SimulationOptions, random: Random): Scenario {
  const { taskMs = [0, 50], workers = 2 } = options;
  const id = options.run?.id ?? "simulated";
  const queue = options.run?.defaults?.queue;
  return {
    world: {
      faults: options.faults === undefined ? drawFaults(random) : faultsOf(options.faults),
      clients: 1,
      coordinators: 2,
      workers,
      partitions: 1,
      inlineBytesMax: 131_072,
      queueMessagesMax: UNLIMITED,
      leaseMs: 3_000,
      checkpointMs: 100,
      janitorMs: 60_000,
      ackWaitMs: 5_000,
      concurrency: 10,
      deliveriesMax: 1_000,
      powerLossesMs: [],
    },
    // With an id, so that a start whose client dies can be repeated.
    runs: [{ label: "the run", client: 1, atMs: 0, canvas, input, options: { ...options.run, id } }],
    canvases: [canvas],
    queues: queue === undefined ? [] : [queue],
    handlers: options.tasks ?? {},
    behaviour: { taskMs, flaky: 0, attempts: 1 },
    faultyMs: FAULTY_MS,
    calmMs: CALM_MS,
    skipsWaits: true,
    stepsMax: 60_000,
    isOnceEach: false,
  };
}
