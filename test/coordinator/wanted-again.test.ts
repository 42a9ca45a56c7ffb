import { busSubjects, chain, decodeAbort, decodeAttempt, task } from "@arpeggio/core";
import type { AbortNotice } from "@arpeggio/core";
import { createWorker } from "@arpeggio/worker";
import { expect, test } from "vitest";
import { CutLog } from "./cut-log.ts";
import { coordinatorOn, createOn, gate, leaseOf } from "./faulty.ts";
import { World } from "./world.ts";

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const MINUTE_MS = 60_000;

/** A run that has been cancelled, of which the log has lost that, and the server its outcome; a worker remembers it. */
async function withLostCancel(world: World) {
  const { opened, open } = gate();
  const first = task("first", async (n: number): Promise<number> => {
    await opened;
    return n + 1;
  });
  const second = task("second", (n: number): number => n * 10);
  const transport = await world.broker.open("worker");
  const worker = createWorker({ transport, tasks: [first, second], log: silent });
  const owner = await world.coordinator("first");
  await worker.start();
  // Nobody does this one, and so it keeps the mark back.
  await world.start(
    "idle",
    task("idle", { queue: "nobody" }, (n: number) => n),
    1,
  );
  await world.start("r", chain(first, second), 1);
  await world.until(() => worker.stats().running === 1);
  await world.append({ type: "run.cancel.requested", run: "r", reason: "enough" });
  await world.until(() => world.outcomes.delete("r"));
  let readTo = 0;
  while ((readTo = (await leaseOf(world)).lastRead?.sequence ?? 0) < 3) await world.until(after(world, 50), 10);
  await owner.kill();
  await world.client.bucket("results").delete("r.client");
  const log = new CutLog();
  log.lose({ from: 3, to: readTo });
  return { log, open, worker };
}

function after(world: World, ms: number): () => boolean {
  const untilMs = world.clock.now() + ms;
  return () => world.clock.now() >= untilMs;
}

test("workers that remember what a run had given up before the log lost that do not keep it from going on", async () => {
  // The queue forgets what was done, as that of a server that comes back does.
  await using world = await World.open({ dedupeMs: 500 });
  const { log, open, worker } = await withLostCancel(world);
  open();
  const owner = await coordinatorOn(world, (transport) => log.of(transport));
  const beganAtMs = world.clock.now();
  expect(await world.valueOf("r")).toBe(20);
  // The reconciler, which looks every minute, has nothing to repair.
  expect(world.clock.now() - beganAtMs).toBeLessThan(MINUTE_MS);
  expect(owner.stats()).toMatchObject({ logCuts: 1, repaired: 0 });
  await worker.stop();
});

test("attempts say that they come again as long as workers may remember, whoever has the partition by then", async () => {
  await using world = await World.open({ dedupeMs: 500 });
  const { log, worker } = await withLostCancel(world);
  await worker.stop();
  const second = await createOn(world, (transport) => log.of(transport));
  await second.it.start();
  await world.until(() => second.it.stats().redispatches === 1, 50);
  await second.kill();
  const third = await coordinatorOn(world, (transport) => log.of(transport));
  await world.until(() => third.owned().length === 1, 50);
  const saysAgain = async (run: string) => {
    await world.start(
      run,
      task("t", (n: number) => n),
      1,
    );
    for (;;) {
      for await (const { bytes } of world.client.attempts.stored({ runId: run })) return decodeAttempt(bytes).again;
      await world.until(after(world, 50), 10);
    }
  };
  expect(await saysAgain("soon")).toBe(true);
  world.clock.advance(12 * MINUTE_MS);
  await world.until(() => third.owned().length === 1, 50);
  expect(await saysAgain("later")).toBeUndefined();
});

test("of a run whose attempts are still queued as they were sent, workers are told to forget what they remember", async () => {
  await using world = await World.open();
  const first = await world.coordinator("first");
  await world.start(
    "r",
    task("t", (n: number) => n),
    1,
  );
  await world.until(() => first.it.stats().dispatches === 1);
  await world.append({ type: "signal.received", run: "r", signal: "s", id: "1", payload: Uint8Array.of(1) });
  let readTo = 0;
  while ((readTo = (await leaseOf(world)).lastRead?.sequence ?? 0) < 2) await world.until(after(world, 50), 10);
  await first.kill();
  const notices: AbortNotice[] = [];
  await world.client.bus.subscribe(busSubjects.abort, ({ bytes }) => void notices.push(decodeAbort(bytes)));
  const log = new CutLog();
  log.lose({ from: 2, to: readTo });
  const second = await coordinatorOn(world, (transport) => log.of(transport));
  await world.until(() => second.stats().stillQueued === 1, 50);
  await world.until(() => notices.length > 0);
  expect(notices).toEqual([{ run: "r", nodes: [], reason: "the log has lost why", isTakenBack: true }]);
});
