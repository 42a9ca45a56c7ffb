import { runOf } from "./broker.ts";
import { withinOneTurn } from "./one-turn.ts";
import type { OneTurn } from "./one-turn.ts";
import type { PlannedRun } from "./planned-run.ts";
import type { Random } from "./random.ts";
import { SimulatedTasks } from "./sim-tasks.ts";
import type { TasksOfWorld } from "./sim-tasks.ts";
import { Workload } from "./workload.ts";
import { World } from "./world.ts";
import type { WorldSettings } from "./world.ts";

/** Everything that a simulation does, drawn beforehand. */
export interface Scenario extends TasksOfWorld {
  readonly world: WorldSettings;
  readonly runs: readonly PlannedRun[];
  /** For so long things go wrong, in virtual milliseconds. */
  readonly faultyMs: number;
  /** Then everything must come to its end: nothing may be left that goes on and has not executed anything for this long. */
  readonly calmMs: number;
  /** Whether time is skipped in which everybody only waits for a timer. */
  readonly skipsWaits: boolean;
  /** More steps than this mean that the run goes round in circles. */
  readonly stepsMax: number;
  /** Whether each attempt must be executed exactly once. */
  readonly isOnceEach: boolean;
}

export interface SimulationEnd {
  readonly world: World;
  readonly violations: readonly string[];
  readonly steps: number;
}

/** Once in so many steps it is looked whether time can be skipped, or whether all has been tidied up. */
const LOOK_STEPS = 50;
/** Waits that are longer than this are skipped but for this end of them, in which the beats come as usual. */
const SHORT_MS = 5_000;
const ASK_CHANCE = 0.003;
const TEND_STEPS = 10;
/** After everything has ended, what is left behind must go within this time. */
const TIDY_MS = 45_000;
/** The same where something was lost, and for attempts that have come back: what nobody knows any more is tidied up on the second look. */
const TIDY_SECOND_LOOK_MS = 400_000;

/** Lets a scenario happen; every random choice on the way comes from `random`. */
export async function runScenario(scenario: Scenario, random: Random): Promise<SimulationEnd> {
  const world: World = new World(random, scenario.world, {
    tasksOf: (actor) => tasks.of(actor),
    onWorker: (worker, actor) => tasks.onWorker(worker, actor),
    onClient: (client, number, actor, transport) => {
      load.interventions.onClient(actor, transport);
      load.onClient({ client, number, actor });
    },
  });
  const tasks = new SimulatedTasks(world, scenario);
  const load = new Workload(world, scenario.runs);
  const timers = {
    after: (delayMs: number, run: () => void) => {
      const planned = world.timeline.plan(delayMs, undefined, run);
      return { cancel: () => void (planned.isCancelled = true) };
    },
  };
  let steps = 0;
  const waiting = { overdueMs: 0 };
  const violations = () => [...world.auditor.violations, ...load.violations, ...world.dispatchedTwice()];
  const unhandled = await withinOneTurn(random, timers, async (turn) => {
    await world.start();
    // Slow workers may have much to do: time is up only where nothing has been executed for long.
    let executions = 0;
    let untilMs = scenario.faultyMs + scenario.calmMs;
    while (violations().length === 0 && !(load.isDone && world.weather.isCalm)) {
      if (!world.weather.isCalm && (world.elapsedMs >= scenario.faultyMs || load.isDone)) world.calm();
      if (world.auditor.executions.length > executions) {
        executions = world.auditor.executions.length;
        untilMs = Math.max(scenario.faultyMs, world.elapsedMs) + scenario.calmMs;
      }
      if (world.elapsedMs > untilMs || steps > scenario.stepsMax) {
        const after = `after ${Math.round(world.elapsedMs / 1_000)} s`;
        for (const what of load.open()) load.violations.push(`${after} ${what}`);
        break;
      }
      steps++;
      if (scenario.skipsWaits && world.weather.isCalm && steps % LOOK_STEPS === 0) skipWait(world, load, waiting);
      if (random.chance(ASK_CHANCE)) load.ask();
      if (steps % TEND_STEPS === 0) load.interventions.tend();
      await world.step(turn);
    }
    if (violations().length === 0) await checkEnd(scenario, world, load, turn);
    return turn.unhandled;
  });
  const uncaught = unhandled.map((error) => `a rejection is caught by nobody: ${String(error)}`);
  return { world, violations: [...violations(), ...uncaught], steps };
}

/** Skips the time up to the next timer of a run, where nothing else is going to happen. */
function skipWait({ auditor, timeline }: World, load: Workload, waiting: { overdueMs: number }): void {
  const nextAtMs = load.isOnlyWaiting ? auditor.nextTimerAtMs : undefined;
  if (nextAtMs === undefined || nextAtMs > timeline.nowMs) waiting.overdueMs = 0;
  if (nextAtMs === undefined) return;
  if (nextAtMs > timeline.nowMs) return timeline.skipTo(Math.max(timeline.nowMs, nextAtMs - SHORT_MS));
  // Overdue: the clock of its coordinator is slow, nobody knows how much.
  waiting.overdueMs = Math.max(SHORT_MS, waiting.overdueMs * 2);
  timeline.skipTo(timeline.nowMs + waiting.overdueMs);
}

async function checkEnd(scenario: Scenario, world: World, load: Workload, turn: OneTurn): Promise<void> {
  await load.checkEnd();
  await world.auditor.checkEnd();
  const untilMs = world.elapsedMs + (scenario.world.powerLossesMs.length === 0 ? TIDY_MS : TIDY_SECOND_LOOK_MS);
  const leftovers = async () => {
    const stored = await world.storedAttempts();
    const left = stored.filter((id) => !world.auditor.hasLost(runOf(id)));
    return [...world.leftovers(), ...left.map((id) => `${id} is still stored after all runs have ended`)];
  };
  // A run that is torn may have ended for all who ask, and be gone through once more.
  const isTorn = (run: string) => world.auditor.hasLost(run) && !world.auditor.isOnlyShort(run);
  const returned = () =>
    world.broker.returned
      .filter((id) => !isTorn(runOf(id)))
      .map((id) => `${id} has come back after it was done, and is still stored`);
  const goOn = async () => {
    for (let i = 0; i < LOOK_STEPS; i++) await world.step(turn);
  };
  while ((await leftovers()).length > 0 && world.elapsedMs < untilMs) await goOn();
  for (const what of [...(await leftovers()), ...world.repairs()]) load.violations.push(what);
  const untilSecondLookMs = world.elapsedMs + TIDY_SECOND_LOOK_MS;
  while (returned().length > 0 && world.elapsedMs < untilSecondLookMs) await goOn();
  for (const what of returned()) load.violations.push(what);
  if (scenario.isOnceEach) checkOnceEach(world, load);
}

function checkOnceEach({ auditor }: World, load: Workload): void {
  const seen = new Set<string>();
  for (const { idempotencyKey } of auditor.executions) {
    if (seen.has(idempotencyKey)) load.violations.push(`${idempotencyKey} was executed twice`);
    seen.add(idempotencyKey);
  }
}
