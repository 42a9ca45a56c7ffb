import { chain, compile, RunFailedError, type Canvas } from "arpeggio";
import { expect, test } from "vitest";
import { add, all, calls, ended, fail, id, ident, noted, plus, seq, sumOf, times, valueOf } from "./vocabulary.ts";
import type { Any, AppGiver } from "./vocabulary.ts";

/** What a row of steps comes to. */
export function chainCases(app: AppGiver): void {
  test("C01: a chain hands each result on, built at once or step by step", async () => {
    expect(await valueOf(app(), seq(sumOf(4, 4), plus(8), plus(16)))).toBe(32);
    expect(await valueOf(app(), sumOf(4, 4).pipe(plus(8)).pipe(plus(16)) as Any)).toBe(32);
  });
  test("C03: a chain of a chain of one step is that step", async () => {
    expect(await valueOf(app(), seq(seq(id(42))))).toBe(42);
  });
  test("C05: what comes before a group reaches the first step of every member", async () => {
    expect(await valueOf(app(), seq(sumOf(5, 6), all(seq(plus(1), plus(2)), plus(3))))).toEqual([14, 14]);
  });
  test("C07: ten steps have one run and a path of their own each", async () => {
    const where = noted("where", (before: unknown, ctx) => [
      ...(Array.isArray(before) ? before : []),
      `${ctx.runId} ${ctx.nodeId}`,
    ]);
    const run = await app().run(seq(...times(10, () => where)), null);
    expect(await run.result()).toEqual(times(10, (i) => `${run.id} ${i === 0 ? "case.where" : `case.where~${i + 1}`}`));
  });
  test("C09: after a failed step come skipped ones, and none that only looks failed", async () => {
    const run = await ended(app(), seq(ident, fail, ident), "x");
    expect((await run.status()).counts).toEqual({ succeeded: 1, failed: 1, skipped: 1 });
    expect(calls(run, "ident")).toBe(1);
  });
  test("C11: a run has the id that was chosen for it", async () => {
    const chosen = `chosen-${Math.random().toString(36).slice(2)}`;
    expect((await app().run(seq(id(1), plus(1)), null, { id: chosen })).id).toBe(chosen);
  });
  test("C13: 42 steps, each with something to do beside it", async () => {
    const beside = noted("beside", () => undefined);
    const step = all(plus(1), beside) as Canvas<unknown, readonly unknown[]>;
    const run = await app().run(seq(id(0), ...times(42, () => step.select((both) => both[0] as never) as Any)), null);
    expect(await run.result()).toBe(42);
    expect(calls(run, "beside")).toBe(42);
  });
  test("C17: a handler may start a run of its own and give its id, which stands for it", async () => {
    const inner = seq(sumOf(1, 1), plus(2), all(plus(3), plus(4)));
    const starts = noted("starts", async () => (await app().run(inner, null)).id);
    const run = await app().run(starts, null);
    expect(
      await app()
        .attach((await run.result()) as string)
        .result(),
    ).toEqual([7, 8]);
  });
  test("C19: a chain without steps is refused where it is built", () => {
    expect(() => (chain as () => unknown)()).toThrow(expect.objectContaining({ code: "CHAIN_EMPTY" }));
  });
  test("C21: the run's input is that of the first step only", async () => {
    expect(await (await app().run(chain(add, add.s(8), add.s(10)), [1, 1])).result()).toBe(20);
  });
  test("C23: options on a chain hold for every step", () => {
    const { nodes } = compile(seq(id(1), plus(1), all(plus(2), plus(3))).with({ queue: "bulk" })).graph;
    expect(nodes.map((node) => node.kind === "task" && node.options?.queue)).toEqual(times(4, () => "bulk"));
  });
  test("B05: a chain of 2,000 steps", async () => {
    const run = await app().run(seq(id(0), ...times(1_999, () => plus(1))), null);
    expect(await app().attach(run.id).result()).toBe(1_999);
  });
  test("R03: a failed step before a group fails the run, with its error", async () => {
    const run = await app().run(seq(sumOf(1, 1), fail, all(plus(1), plus(1))), null);
    await expect(run.result()).rejects.toThrow(RunFailedError);
  });
  test("R19: a failing member in the middle ends the run, and no later step runs", async () => {
    const run = await ended(app(), seq(id("start"), all(ident, fail), ident, ident));
    expect((await run.status()).state).toBe("failed");
    expect(calls(run, "ident")).toBeLessThanOrEqual(2);
  });
}
