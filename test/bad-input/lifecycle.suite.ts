import { chain, group, map, mapSettled, task, type App, type AppOptions, type Canvas, type RunHandle } from "arpeggio";
import { expect, test } from "vitest";
import { refusal } from "./refusal.ts";

const increment = task("increment", (n: number) => n + 1);
const nap = task("nap", async (ms: number) => {
  await new Promise((resolve) => setTimeout(resolve, ms));
  return ms;
});
const patient = task("patient", (_input: number, { signal }) => {
  return new Promise<number>((_, reject) => signal.addEventListener("abort", () => reject(signal.reason as Error)));
});
const failing = task("failing", (n: number): number => {
  throw new Error(`not ${n}`);
});
const first = task("first", (list: readonly number[]) => list[0] ?? 0);

/** Whether what `cancel()` says, what `status()` says and what `result()` does are the same end. */
async function agreedEnd(run: RunHandle<unknown>): Promise<string> {
  const state = await run.cancel();
  const settled = await run.result().then(
    () => "succeeded",
    (error: { code: string }) => (error.code === "RUN_CANCELLED" ? "cancelled" : error.code),
  );
  expect([settled, (await run.status()).state]).toEqual([state, state]);
  return state;
}

/** What users do to runs and apps at the worst of times. `open` gives apps that share one broker of their own. */
export function lifecycleSuite(open: () => Promise<(options?: AppOptions) => Promise<App>>): void {
  test("cancelled at once, a run is cancelled for all", async () => {
    await using app = await (await open())();
    const runs = await Promise.all(Array.from({ length: 100 }, () => app.run(chain(increment, increment), 1)));
    await Promise.all(runs.map(agreedEnd));
  });

  test("cancelling races with the end, and one of them wins", async () => {
    await using app = await (await open())();
    const ends = await Promise.all(
      Array.from({ length: 200 }, async (_, i) => {
        const run = await app.run(chain(nap, increment), 1 + (i % 5));
        await new Promise((resolve) => setTimeout(resolve, i % 40));
        return agreedEnd(run);
      }),
    );
    for (const end of ends) expect(["succeeded", "cancelled"]).toContain(end);
  });

  test("cancelled twice and by two, the first reason stays", async () => {
    await using app = await (await open())();
    const run = await app.run(patient, 1);
    const ends = await Promise.all([run.cancel("first"), run.cancel("second"), app.attach(run.id).cancel("third")]);
    expect(ends).toEqual(["cancelled", "cancelled", "cancelled"]);
    expect((await refusal(() => run.result())).message).toContain("first");
  });

  test("cancelled while it waits for a retry, it is not retried", async () => {
    await using app = await (await open())();
    const run = await app.run(failing.with({ retry: { attempts: 5, delay: "1h" } }), 1);
    for await (const update of run.events()) {
      const isWaiting = update.type === "snapshot" && update.status.counts.waiting === 1;
      if (isWaiting || (update.type === "node" && update.state === "waiting")) break;
    }
    const [node] = (await run.status()).nodes;
    expect(node?.waitsFor).toContain("waits for its next attempt at");
    expect(await run.cancel()).toBe("cancelled");
  });

  test("two apps share one broker", async () => {
    const openApp = await open();
    const [one, two] = [await openApp({ name: "one" }), await openApp({ name: "two" })];
    const start = async (i: number) =>
      (await (i % 2 ? one : two).run(chain(increment, group([increment])), i)).result();
    const results = await Promise.all(Array.from({ length: 200 }, (_, i) => start(i)));
    expect(results).toEqual(Array.from({ length: 200 }, (_, i) => [i + 2]));
    await one.close();
    expect(await (await two.run(increment, 1)).result()).toBe(2);
    await two.close();
  });

  test("closing while runs are under way ends all waits, and so does closing again", async () => {
    const app = await (await open())({ drainTimeoutMs: 50, abortGraceMs: 10 });
    const runs = await Promise.all(Array.from({ length: 50 }, () => app.run(chain(patient, increment), 1)));
    const waits = runs.map((run) => refusal(() => run.result()));
    await Promise.all([app.close(), app.close()]);
    await app.close();
    const codes = (await Promise.all(waits)).map(({ code }) => code);
    expect(new Set(codes)).toEqual(new Set(["CLIENT_CLOSED"]));
    const [run] = runs as [RunHandle<number>];
    const other = app.attach("other");
    const acts = [run, other].flatMap((handle) => [
      () => handle.result(),
      () => handle.result({ timeoutMs: 1_000 }),
      () => handle.status(),
      () => handle.cancel(),
      () => handle.events().next(),
    ]);
    for (const act of [
      ...acts,
      () => app.run(increment, 1),
      () => app.run(chain(nap, nap), 1),
      () => app.register([increment]),
    ]) {
      expect(await refusal(act)).toMatchObject({ code: "CLIENT_CLOSED" });
    }
  });

  test("a call that is on its way when its app is closed says the same, or is done", async () => {
    const app = await (await open())({ drainTimeoutMs: 50, abortGraceMs: 10 });
    const run = await app.run(patient, 1);
    const calls = Array.from({ length: 20 }, () => [run.status(), app.attach("nobody").status(), run.cancel()]).flat();
    const ends = calls.map((call) =>
      call.then(
        () => "done",
        (error: { code: string }) => error.code,
      ),
    );
    await app.close();
    for (const end of await Promise.all(ends)) expect(["done", "CLIENT_CLOSED", "RUN_NOT_FOUND"]).toContain(end);
  });

  test("many handles of one run, and each result its own copy", async () => {
    await using app = await (await open())();
    const list = await app.run(task("list", () => [1]));
    const results = await Promise.all(
      Array.from({ length: 500 }, (_, i) => (i % 2 ? list : app.attach<number[]>(list.id)).result()),
    );
    expect(new Set(results).size).toBe(500);
  });

  test("events may be left half-way, asked for in advance, and asked for too late", async () => {
    await using app = await (await open())();
    const run = await app.run(chain(nap, increment), 20);
    for await (const update of run.events()) {
      expect(update.type).toBe("snapshot");
      break;
    }
    const events = run.events();
    const updates = await Promise.all(Array.from({ length: 12 }, () => events.next()));
    expect(updates.findLast(({ done }) => done !== true)).toMatchObject({ value: { type: "ended" } });
    const late = [];
    for await (const { type } of run.events()) late.push(type);
    expect(late).toEqual(["snapshot", "ended"]);
    const unread = run.events();
    await unread.return?.();
    expect(await unread.next()).toMatchObject({ done: true });
  });

  test("events go on when the coordinator is another one", async () => {
    const openApp = await open();
    await using app = await openApp({ roles: ["client", "worker"] });
    const coordinator = await openApp({ roles: ["coordinator"] });
    const run = await app.run(
      Array.from({ length: 19 }).reduce<Canvas<number, number>>((before) => before.pipe(nap), nap),
      10,
    );
    const types: string[] = [];
    for await (const update of run.events()) {
      types.push(update.type);
      if (types.length !== 3) continue;
      await coordinator.close();
      await openApp({ roles: ["coordinator"] });
    }
    expect(types.at(-1)).toBe("ended");
    expect(await run.result()).toBe(10);
  });

  test("a worker that comes, or learns the task, after the run was queued does it", async () => {
    const openApp = await open();
    await using app = await openApp({ roles: ["client", "coordinator"] });
    await using worker = await openApp({ roles: ["worker"], tasks: [nap] });
    const run = await app.run(chain(increment, nap), 1);
    expect((await run.status()).nodes[0]).toMatchObject({
      waitsFor: "no worker knows task 'increment' (queue 'default')",
    });
    await worker.register([increment]);
    expect(await run.result()).toBe(2);
  });

  test("a run with more to tell than a message takes tells what fits", async () => {
    await using app = await (await open())();
    const many = Array.from({ length: 6_000 }, (_, i) => i);
    const run = await app.run(map(patient.named("n".repeat(200))), many);
    for await (const update of run.events()) {
      if (update.type === "node" || (update.type === "snapshot" && update.status.nodes.length > 1)) break;
    }
    const status = await run.status({ nodesMax: 10_000 });
    expect(status).toMatchObject({ state: "running" });
    expect(status.nodes.length).toBeGreaterThan(500);
    expect(await run.cancel()).toBe("cancelled");
  });

  test("two versions of one workflow run side by side", async () => {
    await using app = await (await open())();
    const old = await app.run(chain(nap, increment), 10);
    const renewed = await app.run(chain(nap, increment, increment), 10);
    expect(await Promise.all([old.result(), renewed.result()])).toEqual([11, 12]);
  });

  test("long, wide and deep", async () => {
    await using app = await (await open())();
    const thousands = Array.from({ length: 2_000 }, (_, i) => i);
    const long = thousands.slice(1).reduce<Canvas<number, number>>((before) => before.pipe(increment), increment);
    let deep: Canvas<number, number> = increment;
    for (let i = 0; i < 250; i++) deep = chain(group([deep]), first);
    const maps = map(map(map(map(map(increment)))));
    const [longRun, wide, mapped, settled, deepRun, inMaps] = await Promise.all([
      app.run(long, 0),
      app.run(group(thousands.map(() => increment)), 1),
      app.run(map(increment), thousands),
      app.run(mapSettled(failing), thousands),
      app.run(deep, 1),
      app.run(maps, [[[[[1, 2]], []]], []]),
    ]);
    expect(await longRun.result()).toBe(2_000);
    expect(await wide.result()).toEqual(thousands.map(() => 2));
    expect(await mapped.result()).toEqual(thousands.map((n) => n + 1));
    const outcomes = await settled.result();
    expect(outcomes.map((one) => (one.ok ? "ok" : one.error.message))).toEqual(thousands.map((n) => `not ${n}`));
    expect(await deepRun.result()).toBe(2);
    expect(await inMaps.result()).toEqual([[[[[2, 3]], []]], []]);
  });
}
