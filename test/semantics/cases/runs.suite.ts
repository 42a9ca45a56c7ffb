import { contract, jsonSchema, signal, type RunUpdate } from "arpeggio";
import { expect, test } from "vitest";
import { all, calls, ended, fail, failureOf, id, ident, noted, seq, sumOf, times, valueOf } from "./vocabulary.ts";
import type { Any, AppGiver } from "./vocabulary.ts";

const anything = jsonSchema<unknown>({});
/** Waits in a queue that no worker reads. */
const nowhere = contract("case.nowhere", { input: anything, output: anything, queue: "nobody-reads-this" }) as Any;

/** What can be asked about a run, and done to it. */
export function runCases(app: AppGiver): void {
  test("O01: ten runs side by side", async () => {
    const runs = await Promise.all(times(10, (i) => app().run(sumOf(i, i))));
    expect(await Promise.all(runs.map((run) => run.result()))).toEqual(times(10, (i) => i * 2));
    for (const run of runs) expect((await run.status()).state).toBe("succeeded");
  });
  test("O03: waiting may be given up, and the run goes on", async () => {
    let finish!: () => void;
    const isFinished = new Promise<void>((resolve) => (finish = resolve));
    const slow = noted("slow", () => isFinished.then(() => "done"));
    const run = await app().run(slow, null);
    await expect(run.result({ timeoutMs: 20 })).rejects.toMatchObject({ code: "RESULT_TIMED_OUT" });
    finish();
    expect(await run.result()).toBe("done");
  });
  test("O09: a handle is its run's id, wherever that goes", async () => {
    const { id: runId } = await app().run(all(id(1), seq(id(2), ident)));
    const stored = JSON.parse(JSON.stringify({ runId })) as { runId: string };
    expect(await app().attach(stored.runId).result()).toEqual([1, 2]);
  });
  test("O13: what happens to a run can be followed node by node", async () => {
    const updates: RunUpdate[] = [];
    // What is on its way when it ends may go under, so something is still to come when the nodes have ended.
    const run = await app().run(seq(signal("go") as Any, all(ident, ident), signal("enough") as Any), null);
    const told = new Set<string>();
    for await (const update of run.events()) {
      updates.push(update);
      if (update.type === "snapshot" && updates.length === 1) await run.signal("go", 1);
      const ended = update.type === "snapshot" ? update.status.nodes : update.type === "node" ? [update] : [];
      for (const { node, state } of ended) if (state === "succeeded") told.add(node);
      if (told.has("case.ident") && told.has("case.ident~2")) await run.signal("enough", 2).catch(() => undefined);
    }
    expect(updates[0]).toMatchObject({ type: "snapshot", status: { state: "running" } });
    expect(told).toContain("case.ident");
    expect(told).toContain("case.ident~2");
    expect(updates.at(-1)).toMatchObject({ type: "ended", state: "succeeded" });
  });
  test("O15: the counts say how many have ended, and how", async () => {
    const run = await ended(app(), seq(id(1), all(id(2), id(3)), fail, ident));
    expect((await run.status()).counts).toEqual({ succeeded: 3, failed: 1, skipped: 1 });
  });
  test("O17: a result can be asked for again and again", async () => {
    const run = await app().run(all(id(1), id(2)));
    for (let i = 0; i < 20; i++) expect(await run.result()).toEqual([1, 2]);
    expect(calls(run, "ident")).toBe(2);
  });
  test("O19: a status tells what ran, when, and under which labels", async () => {
    const run = await ended(app(), ident, 1, { labels: { tenant: "7" } });
    const status = await run.status();
    expect(status).toMatchObject({ workflow: "case.ident", state: "succeeded", labels: { tenant: "7" } });
    expect(status.endedAtMs).toBeGreaterThanOrEqual(status.startedAtMs ?? Infinity);
  });
  test("K01: what waits in a queue can be cancelled; then it is neither failed nor succeeded", async () => {
    const run = await app().run(nowhere, 1);
    expect(await run.cancel("changed my mind")).toBe("cancelled");
    expect(await failureOf(run)).toMatchObject({ code: "RUN_CANCELLED" });
    expect((await run.status()).state).toBe("cancelled");
  });
  test("K09: what comes after a cancelled step is cancelled too", async () => {
    const run = await app().run(seq(id(1), nowhere, ident, ident), null);
    await expect.poll(async () => (await run.status()).counts.succeeded).toBe(1);
    await run.cancel();
    expect((await run.status()).counts).toEqual({ succeeded: 1, cancelled: 3 });
    expect(calls(run, "ident")).toBe(1);
  });
  test("K11: cancelling a run cancels all its waiting members", async () => {
    const run = await app().run(all(nowhere, nowhere, seq(nowhere, ident)), null);
    await run.cancel();
    expect((await run.status()).counts).toEqual({ cancelled: 4 });
  });
  test("R27: what goes wrong beside a run does not touch it", async () => {
    const run = await app().run(ident, 1);
    const [value] = await Promise.allSettled([
      run.result(),
      app()
        .run(fail, "x")
        .then((other) => other.result()),
    ]);
    expect(value).toEqual({ status: "fulfilled", value: 1 });
    expect(await valueOf(app(), ident, 2)).toBe(2);
  });
}
