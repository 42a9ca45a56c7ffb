import {
  busSubjects,
  chain,
  decodeControlReply,
  encodeControlRequest,
  encodeOutcome,
  encodePayload,
  task,
} from "@arpeggio/core";
import type { Coordinator } from "@arpeggio/coordinator";
import { expect, test } from "vitest";
import { CutLog } from "./cut-log.ts";
import { coordinatorOn, createOn, gate, leaseOf, statesIn, withEvents } from "./faulty.ts";
import { World } from "./world.ts";

const step = task("step", (n: number): number => n);
const frail = task("frail", { retry: { attempts: 1 } }, (n: number): number => n);

/**
 * A run that has ended with the fourth message, which is lost; its outcome is not. One that began before it and goes on keeps the
 * mark back. No handler gives the same result twice.
 */
async function withLostEnd(world: World, ends: "well" | "badly" = "well") {
  const { opened, open } = gate();
  let count = 0;
  await world.worker(async (_, attempt) => {
    if (attempt.run === "slow") await opened;
    if (attempt.task === "frail" && ends === "badly") throw new Error(`failure ${++count}`);
    return ++count;
  });
  const first = await world.coordinator("first");
  await world.start("slow", step, 1);
  await world.start("r", chain(step, frail), 1);
  await world.until(() => world.outcomes.has("r"));
  // A lease is renewed at the latest after a third of its time, and says then what was read.
  let readTo = 0;
  while ((readTo = (await leaseOf(world)).lastRead?.sequence ?? 0) < 4) await pass(world, 50);
  await first.kill();
  expect(await leaseOf(world)).toMatchObject({ mark: 0 });
  const log = new CutLog();
  log.lose({ from: 4, to: readTo });
  return { log, open };
}

/** What is under way has been looked for in its queue: the attempt of the slow run. */
function isLive(it: Coordinator): boolean {
  return it.stats().stillQueued === 1;
}

async function pass(world: World, ms: number): Promise<void> {
  const untilMs = world.clock.now() + ms;
  await world.until(() => world.clock.now() >= untilMs, 10);
}

const attemptsOf = (world: World, run: string) => world.delivered.filter((one) => one.run === run).length;

test.each(["well", "badly"] as const)(
  "a run that has ended %s, and of which only the log has lost that, keeps its outcome",
  async (ends) => {
    await using world = await World.open();
    const { log, open } = await withLostEnd(world, ends);
    const outcome = world.outcomes.get("r");
    const second = await createOn(world, (transport) => log.of(transport));
    await second.it.start();
    await world.until(() => isLive(second.it), 50);
    expect(second.it.stats()).toMatchObject({ logCuts: 1, endsRestored: 1, runs: 1, redispatches: 0 });
    await second.kill();

    // Whoever folds the log from now on comes to the same, without looking.
    const third = await coordinatorOn(world, (transport) => log.of(transport));
    await world.until(() => isLive(third), 50);
    open();
    await world.valueOf("slow");
    expect(attemptsOf(world, "r")).toBe(2);
    expect(world.outcomePuts.get("r")).toBe(1);
    expect(world.outcomes.get("r")).toEqual(outcome);
    expect(third.stats().runs).toBe(0);

    // What it went through is not made up.
    const request = encodeControlRequest({ type: "status", run: "r", nodesMax: 10, past: true });
    const reply = decodeControlReply(await world.client.bus.request(busSubjects.control(0), request, 5_000));
    expect(JSON.stringify(reply)).toMatch(/lost how it ended|events any more/);
  },
);

test("its outcome is stored again where it is lost later", async () => {
  await using world = await World.open();
  const { log } = await withLostEnd(world);
  const outcome = world.outcomes.get("r");
  const second = await createOn(world, (transport) => log.of(transport));
  await second.it.start();
  await world.until(() => isLive(second.it), 50);
  await second.kill();
  await world.client.bucket("results").delete("r.client");
  const third = await coordinatorOn(world, (transport) => log.of(transport));
  await world.until(() => world.outcomePuts.get("r") === 2, 50);
  expect(world.outcomes.get("r")).toEqual(outcome);
  expect(third.stats()).toMatchObject({ endsRestored: 0 });
  expect(attemptsOf(world, "r")).toBe(2);
});

test("what comes into the log before anybody looks may end it otherwise, and its outcome stays", async () => {
  await using world = await World.open();
  const { log } = await withLostEnd(world);
  const outcome = world.outcomes.get("r");
  const late = { run: "r", node: 1, attempt: 1 };
  await world.append({ type: "attempt.succeeded", ...late, result: encodePayload("another") });
  for (const name of ["second", "third"]) {
    const owner = await createOn(world, (transport) => log.of(transport));
    await owner.it.start();
    await world.until(() => isLive(owner.it), 50);
    expect([name, owner.it.stats()]).toMatchObject([name, { endsRestored: name === "second" ? 1 : 0, runs: 1 }]);
    await owner.kill();
  }
  expect(world.outcomes.get("r")).toEqual(outcome);
  expect(world.outcomePuts.get("r")).toBe(1);
});

test("whoever takes over from one that has died before the log had its end looks again", async () => {
  await using world = await World.open();
  const { log } = await withLostEnd(world);
  const never = new Promise<never>(() => {});
  const second = await createOn(world, (transport) => {
    const cut = log.of(transport);
    return withEvents({ ...transport, ...cut }, { append: () => never });
  });
  void second.it.start();
  await world.until(() => second.it.stats().endsRestored === 1, 50);
  await second.kill();
  const third = await coordinatorOn(world, (transport) => log.of(transport));
  await world.until(() => isLive(third), 50);
  expect(third.stats()).toMatchObject({ logCuts: 1, endsRestored: 1, runs: 1 });
  expect(world.outcomePuts.get("r")).toBe(1);
  expect(attemptsOf(world, "r")).toBe(2);
  // Before there are states that are newer than the cut.
  await world.until(() => third.stats().states > 0, 50);
  expect(await world.client.bucket("partitions").get("cut-0")).toBeUndefined();
});

test("an outcome of an earlier run with the same id ends no run", async () => {
  await using world = await World.open();
  // The queue has lost nothing, and knows the attempt that it has had: only a repaired one gets through.
  world.repairs = 1;
  const { log } = await withLostEnd(world);
  const outcome = world.outcomes.get("r");
  if (outcome === undefined) throw new Error("no outcome");
  const earlier = encodeOutcome({ ...outcome, startedAtMs: outcome.startedAtMs - 1 });
  await world.client.bucket("results").put("r.client", earlier);
  const second = await coordinatorOn(world, (transport) => log.of(transport));
  await world.until(() => attemptsOf(world, "r") === 3, 50);
  expect(second.stats()).toMatchObject({ endsRestored: 0 });
  await world.until(() => world.outcomes.get("r")?.startedAtMs === outcome.startedAtMs);
});

test("nor does it take a run its state away", async () => {
  await using world = await World.open();
  const { opened, open } = gate();
  await world.worker(async (input) => {
    await opened;
    return input;
  });
  const first = await world.coordinator("first");
  await world.start("r", chain(step, step), 1);
  await world.until(() => first.it.stats().states === 1, 50);
  const about = { run: "r", workflow: "step", graph: "g", startedAtMs: 1, endedAtMs: 2, counts: {} } as const;
  await world.client.bucket("results").put("r.client", encodeOutcome({ ...about, state: "cancelled" }));
  await world.until(() => world.outcomes.delete("r"));
  await first.kill();
  const second = await world.coordinator("second");
  await world.until(() => second.it.owned().length === 1, 50);
  expect(await statesIn(world)).toEqual(["0.r"]);
  open();
  expect(await world.valueOf("r")).toBe(1);
});
