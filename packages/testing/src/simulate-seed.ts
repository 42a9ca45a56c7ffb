import { createRandom } from "./random.ts";
import { randomScenario } from "./random-scenario.ts";
import { runScenario } from "./simulation.ts";

/** What a seed came to. */
export interface SeedReport {
  readonly seed: number;
  /** What did not hold; empty for a seed that is clean. */
  readonly violations: readonly string[];
  /** Things that happened one after another. */
  readonly steps: number;
  /** How much virtual time went by, in milliseconds. */
  readonly virtualMs: number;
  readonly runs: number;
  readonly executions: number;
  /** What happened, one line each: virtual seconds, who, what. Made when it is asked for. */
  readonly trace: () => readonly string[];
  /** Equal for equal traces. */
  readonly digest: () => string;
}

/**
 * Simulates what a seed says: random canvases, processes and faults. The same seed gives the same trace, on every machine.
 *
 * @param seed a whole number from 0 to 2^32 - 1.
 */
export async function simulateSeed(seed: number): Promise<SeedReport> {
  const random = createRandom(seed);
  const { world, violations, steps } = await runScenario(randomScenario(random, powerLossesMs(seed)), random);
  return {
    seed,
    violations,
    steps,
    virtualMs: world.elapsedMs,
    runs: world.auditor.replay.runs().length,
    executions: world.auditor.executions.length,
    trace: () => world.trace.lines(),
    digest: () => world.trace.digest(),
  };
}

const POWER_LOSS_CHANCE = 0.06;

/** When the broker loses power; seldom, because what is promised then is less. Drawn by itself, so that it changes no other choice. */
function powerLossesMs(seed: number): readonly number[] {
  const random = createRandom((seed ^ 0x9e3779b9) >>> 0);
  if (!random.chance(POWER_LOSS_CHANCE)) return [];
  const first = random.int(300, 12_000);
  return random.chance(0.3) ? [first, first + random.int(500, 8_000)] : [first];
}
