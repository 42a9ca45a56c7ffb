import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { chain, choose, ge, group, loop, map, mapSettled, task } from "arpeggio";
import type { App, NodeStatus, RunStatus, RunUpdate } from "arpeggio";

const numbers = task("numbers", (n: number) => Array.from({ length: n }, (_, i) => i));
const increment = task("increment", (n: number) => n + 1);
const oddOnly = task("oddOnly", (n: number) => {
  if (n % 2 === 0) throw new RangeError(`${n} is even`);
  return n;
});
const count = task("count", (list: readonly unknown[]) => list.length);
const kind = task("kind", (n: number) => (n > 100 ? ("large" as const) : ("small" as const)));
const two = task("two", () => 2);
const climb = task("climb", (n: number) => n + 2);
const replacing = task("replacing", (n: number, ctx) => ctx.replaceWith(chain(increment, increment), n));
const broken = task("broken", (): number => {
  throw new TypeError("no such host");
});
const page = task("page", () => "x".repeat(300_000));
const length = task("length", (text: string) => text.length);
const patient = task("patient", (_: unknown, { signal }) => {
  return new Promise<number>((_resolve, reject) =>
    signal.addEventListener("abort", () => reject(signal.reason as Error)),
  );
});
const second = task("second", { retry: { attempts: 2, delay: 1, jitter: false } }, (name: string, { attempt }) => {
  if (attempt === 1) throw new Error("not yet");
  return name.length;
});

async function codeOf(promise: Promise<unknown>): Promise<Error & { code: string; hint: string }> {
  return promise.then(
    (value) => expect.fail(`no error, but ${JSON.stringify(value)}`),
    (error: Error & { code: string; hint: string }) => error,
  );
}

const statesOf = ({ nodes }: RunStatus) => Object.fromEntries(nodes.map(({ node, state }) => [node, state]));
const nodeIn = ({ nodes }: RunStatus, path: string): NodeStatus =>
  nodes.find(({ node }) => node === path) ??
  expect.fail(`no node ${path} among ${nodes.map(({ node }) => node).join()}`);

export interface PastWorld {
  /** An app with all three roles, each time in the same world. */
  readonly open: () => Promise<App>;
  /** Makes the log let go what it has; that may take a moment. */
  readonly letGo: (app: App) => Promise<void>;
}

/** Runs that have ended, looked at. */
export function pastSuite({ open, letGo }: PastWorld): void {
  let app: App;
  beforeAll(async () => {
    app = await open();
  });
  afterAll(() => app.close());

  test("a run that succeeded tells of all its nodes, with attempts and times", async () => {
    const canvas = chain(
      second,
      group([chain(numbers, map(increment)), chain(numbers, mapSettled(oddOnly))]),
      count,
      choose(kind, { small: two }, two),
      loop(climb, { until: (n) => ge(n, 6), max: 5 }),
      replacing,
    );
    const run = await app.run(canvas, "ab", { labels: { of: "all" } });
    expect(await run.result()).toBe(8);
    const status = await run.status();
    expect(status.nodesGone).toBeUndefined();
    expect(status).toMatchObject({ state: "succeeded", labels: { of: "all" }, counts: { succeeded: 18, failed: 1 } });
    // What failed comes first.
    expect(status.nodes[0]).toMatchObject({ node: "map~2[0]/oddOnly", state: "failed" });
    expect(Object.keys(statesOf(status)).toSorted()).toEqual([
      "choose",
      "choose.small/two",
      "count",
      "kind",
      "loop",
      "loop[0]/climb",
      "loop[1]/climb",
      "map",
      "map[0]/increment",
      "map[1]/increment",
      "map~2",
      "map~2[0]/oddOnly",
      "map~2[1]/oddOnly",
      "numbers",
      "numbers~2",
      "replacing",
      "replacing!replaced/increment",
      "replacing!replaced/increment~2",
      "second",
    ]);
    expect(nodeIn(status, "second")).toMatchObject({ attempt: 2, task: "second", releasedAtMs: status.startedAtMs });
    const { releasedAtMs = Number.NaN, endedAtMs } = nodeIn(status, "loop[1]/climb");
    expect(releasedAtMs).toBeGreaterThanOrEqual(nodeIn(status, "loop[0]/climb").endedAtMs ?? Number.NaN);
    expect(endedAtMs).toBeLessThanOrEqual(nodeIn(status, "loop").endedAtMs ?? Number.NaN);
    expect((await run.status({ nodesMax: 2 })).nodes).toHaveLength(2);
    expect(await run.status({ nodesMax: 0 })).toMatchObject({
      state: "succeeded",
      nodes: [],
      counts: { succeeded: 18 },
    });
    expect(await app.runs.get(run.id)).toEqual(status);
  });

  test("a run of one task tells of it, too", async () => {
    const run = await app.run(increment, 1);
    await run.result();
    const { nodes, startedAtMs, endedAtMs } = await run.status();
    const [node] = nodes;
    expect(nodes).toHaveLength(1);
    expect(node).toMatchObject({
      node: "increment",
      state: "succeeded",
      attempt: 1,
      releasedAtMs: startedAtMs,
      endedAtMs,
    });
  });

  test("a run that failed, and one that was cancelled, tell how far they came", async () => {
    const failed = await app.run(chain(increment, broken, increment), 1);
    expect(await codeOf(failed.result())).toMatchObject({ code: "RUN_FAILED" });
    const status = await failed.status();
    expect(statesOf(status)).toEqual({ increment: "succeeded", broken: "failed", "increment~2": "skipped" });
    expect(nodeIn(status, "broken")).toMatchObject({ attempt: 1, endedAtMs: status.endedAtMs });
    expect(nodeIn(status, "increment~2").attempt).toBe(0);

    const cancelled = await app.run(chain(increment, patient, increment), 1);
    for await (const update of cancelled.events()) if (isAt(update, "patient")) break;
    await cancelled.cancel("enough");
    expect(statesOf(await cancelled.status())).toEqual({
      increment: "succeeded",
      patient: "cancelled",
      "increment~2": "cancelled",
    });
    expect(await cancelled.node("increment~2").status()).toMatchObject({ state: "cancelled", attempt: 0 });
    expect(await codeOf(cancelled.node("patient").result())).toMatchObject({ code: "NODE_NOT_SUCCEEDED" });
  });

  test("a node of a run that has ended is found with its result", async () => {
    const canvas = chain(numbers, map(increment), count, page, length.named("chars"));
    const run = await app.run(canvas, 3);
    expect(await run.result()).toBe(300_000);
    expect(await run.node("map[2]/increment").status()).toMatchObject({
      state: "succeeded",
      task: "increment",
      attempt: 1,
    });
    expect(await run.node("map[2]/increment").result()).toBe(3);
    expect(await run.node("map").result()).toEqual([1, 2, 3]);
    expect(await run.node("count").result()).toBe(3);
    expect(await run.node("page").result()).toHaveLength(300_000);
    expect(await run.node("chars").result()).toBe(300_000);
    expect(await codeOf(run.node("cuont").result())).toMatchObject({
      code: "NODE_NOT_FOUND",
      hint: expect.stringContaining("'count'") as string,
    });
    expect(await codeOf(run.node("map[3]/increment").status())).toMatchObject({ code: "NODE_NOT_FOUND" });
    const failed = await app.run(chain(increment, broken), 1);
    await codeOf(failed.result());
    expect(await codeOf(failed.node("broken").result())).toMatchObject({
      code: "NODE_NOT_SUCCEEDED",
      failure: { code: "TASK_FAILED", message: expect.stringContaining("no such host") as string },
    });
  });

  test("a result that was let go is had while the run goes on", async () => {
    const run = await app.run(chain(increment, increment, patient), 1);
    for await (const update of run.events()) if (isAt(update, "patient")) break;
    expect(await run.node("increment").result()).toBe(2);
    await run.cancel();
  });

  test("whoever comes after the coordinator of a run tells of it all the same", async () => {
    const run = await app.run(chain(numbers, map(increment)), 2);
    await run.result();
    const before = await run.status();
    await app.close();
    app = await open();
    const again = app.attach(run.id);
    expect(await again.status()).toEqual(before);
    expect(await again.node("map[1]/increment").result()).toBe(2);
  });

  test("what the log has let go is told to be gone, and the rest is still there", async () => {
    const run = await app.run(chain(increment, increment.named("last")), 1);
    await run.result();
    const failed = await app.run(chain(increment, broken), 1);
    await codeOf(failed.result());
    const others = await Promise.all(Array.from({ length: 50 }, (_, i) => app.run(increment, i)));
    await Promise.all(others.map((other) => other.result()));
    await letGo(app);
    // Each is asked once, since what was told is told again for a while.
    for (const other of others) {
      if ((await other.status()).nodesGone !== undefined) break;
      await setTimeout(50);
    }
    expect(await run.status()).toMatchObject({
      state: "succeeded",
      nodes: [],
      nodesGone: "the event log does not have its events any more",
      counts: { succeeded: 2 },
    });
    expect(await run.node("last").result()).toBe(3);
    expect(await run.node("last").status()).toMatchObject({ state: "succeeded" });
    const notKept = {
      code: "NODE_RESULT_NOT_KEPT",
      message: expect.stringContaining("does not have its events any more") as string,
    };
    expect(await codeOf(run.node("increment").result())).toMatchObject(notKept);
    expect(await codeOf(run.node("increment").status())).toMatchObject(notKept);
    expect(await codeOf(run.node("incremint").status())).toMatchObject({ code: "NODE_NOT_FOUND" });
    expect(await codeOf(app.planRedrive(run.id, { from: "last" }))).toMatchObject({
      code: "REDRIVE_NOT_POSSIBLE",
      message: expect.stringContaining("does not have its events any more") as string,
    });
    // What failed has left behind what it was at.
    expect(await failed.node("increment").result()).toBe(2);
    expect(await codeOf(failed.node("broken").result())).toMatchObject({ code: "NODE_NOT_SUCCEEDED" });
    expect(await app.planRedrive(failed.id)).toMatchObject({ kept: ["increment"], rerun: ["broken"] });
    expect(await app.planRedrive(failed.id, { from: "broken" })).toMatchObject({ rerun: ["broken"] });
  });
}

function isAt(update: RunUpdate, path: string): boolean {
  if (update.type === "node") return update.node === path && update.state !== "blocked";
  return (
    update.type === "snapshot" && update.status.nodes.some(({ node, state }) => node === path && state !== "blocked")
  );
}
