import type { Failure } from "arpeggio";
import { mapSettled, settled } from "arpeggio";
import { expect, test } from "vitest";
import {
  a,
  all,
  b,
  calls,
  each,
  ended,
  fail,
  failureOf,
  id,
  ident,
  inOrder,
  join,
  labelsOf,
  noted,
  plus,
  quick,
  seq,
  times,
  tsum,
  valueOf,
} from "./vocabulary.ts";
import type { Any, AppGiver } from "./vocabulary.ts";

/** What each handler was given, by run. */
const given = new Map<string, Failure[]>();
const handler = noted("handler", (failure: Failure, ctx) => {
  given.set(ctx.runId, [...(given.get(ctx.runId) ?? []), failure]);
  return "handled";
});
const failuresGiven = ({ id: run }: { readonly id: string }) => given.get(run) ?? [];
const beside = noted("in-handlers", (x: unknown) => x);
const last = noted("last-of-all", () => undefined);

/** What happens when something fails, and who is told. */
export function handlerCases(app: AppGiver): void {
  test("C15: a handler belongs to the part that it was written on, wherever that part ends up", async () => {
    const inner = seq(
      id("a"),
      noted("with-b", (x: string) => `${x}b`),
      beside,
    ).onError(handler);
    const run = await app().run(
      seq(
        inner,
        noted("with-c", (x: string) => `${x}c`),
      ),
      null,
    );
    expect(await run.result()).toBe("abc");
    expect(calls(run, "in-handlers")).toBe(1);
    expect(calls(run, "handler")).toBe(0);
    const failing = await ended(app(), seq(inner, seq(fail, ident)));
    expect((await failing.status()).state).toBe("failed");
    expect(calls(failing, "handler")).toBe(0);
    const failingInside = await ended(app(), seq(seq(id("a"), fail).onError(handler) as Any, ident));
    expect(failuresGiven(failingInside).map(({ error }) => error.cause?.message)).toEqual(["a"]);
    expect(calls(failingInside, "ident")).toBe(1);
  });
  test("G13, R11: many failing members are one failure of their group, and one call of its handler", async () => {
    const members = [...times(24, id), ...times(42, (i) => fail.ignoreInput(`number ${i}`))];
    const run = await ended(app(), all(...members).onError(handler) as Any);
    expect(failuresGiven(run)).toHaveLength(1);
    const body = await ended(app(), join(members, ident).onError(handler) as Any);
    expect(failuresGiven(body)).toHaveLength(1);
    expect(calls(body, "ident")).toBeLessThanOrEqual(24);
    const settledOnes = await app().run(settled(members) as Any, null);
    const outcomes = (await settledOnes.result()) as readonly { ok: boolean }[];
    expect(outcomes.filter(({ ok }) => !ok)).toHaveLength(42);
  });
  test("G15: members have handlers of their own, too", async () => {
    const member = (i: number) => fail.ignoreInput(`number ${i}`).onError(handler) as Any;
    const run = await app().run(settled(times(42, member)) as Any, null);
    await run.result();
    const told = failuresGiven(run).map(({ error }) => error.cause?.message);
    expect(new Set(told).size).toBe(42);
    const each = await app().run(all(...times(42, (i) => id(i).finally(beside) as Any)), null);
    expect(await each.result()).toEqual(times(42, (i) => i));
    expect(calls(each, "in-handlers")).toBe(42);
  });
  test("X13: what has succeeded beside a failure reaches the handler", async () => {
    const slowly = seq(
      noted("first-good", () => "good"),
      fail,
    );
    const run = await ended(app(), seq(id("x"), slowly).onError(handler) as Any);
    const [failure] = failuresGiven(run);
    expect(Object.values(failure?.partial ?? {})).toContain("good");
    expect((await failureOf(run)).failure).toMatchObject({
      code: "TASK_FAILED",
      node: expect.stringContaining("case.fail"),
    });
  });
  test("what the run held when it failed is told with its failure, but for what is large", async () => {
    const run = await ended(app(), seq(all(a, id("x".repeat(200_000))), fail));
    const { failure } = await failureOf(run);
    expect(failure).toMatchObject({ code: "TASK_FAILED", partial: { "case.a": "a" } });
    expect(Object.keys(failure.partial ?? {})).toEqual(["case.a"]);
    expect((await run.status()).failure).toEqual(failure);
  });
  test("R01: a handler does not take the place of the failure", async () => {
    const run = await app().run(fail.onError(handler) as Any, "test");
    expect((await failureOf(run)).failure.cause).toMatchObject({ name: "RangeError", message: "test" });
    expect(calls(run, "handler")).toBe(1);
  });
  test("R07, R09: a handler is told which node has failed, in the header, in the body, and at the end of a chain", async () => {
    const canvases: readonly Any[] = [
      join([fail], ident),
      join([id(42)], fail),
      join([seq(id(1), fail)], ident),
      join([id(1)], seq(ident, ident, fail)),
    ];
    for (const canvas of canvases) {
      const run = await ended(app(), canvas.onError(handler) as Any, "x");
      const told = failuresGiven(run).map(({ input, error, failures }) => [input, error.node, failures.length]);
      expect(told).toEqual([["x", expect.stringMatching(/case\.fail$/), 1]]);
    }
  });
  test("R17: a failure in a join inside a header runs the handler of the outer join once, and no body", async () => {
    const inner = join([id(1), fail], tsum);
    const run = await ended(app(), join([inner, id(2)], beside).onError(handler) as Any);
    expect(calls(run, "handler")).toBe(1);
    expect(calls(run, "in-handlers") + calls(run, "tsum")).toBe(0);
  });
  test("R25: a step that expires or runs out of time fails its chain, and the handler is told why", async () => {
    const waits = noted("waits-for-abort", async (_: unknown, ctx) => {
      await new Promise<void>((resolve) => ctx.signal.addEventListener("abort", () => resolve(), { once: true }));
    });
    const run = await ended(app(), seq(id(1), waits.with({ within: 20 }), ident).onError(handler) as Any);
    expect(failuresGiven(run).map(({ error }) => error.code)).toEqual(["NODE_TIMED_OUT"]);
    expect(calls(run, "ident")).toBe(1);
  });
  test("R27: a handler that fails hides nothing and holds up nothing", async () => {
    const broken = fail.onError(
      noted("broken-handler", () => {
        throw new TypeError("the handler");
      }),
    ) as Any;
    const run = await ended(app(), broken.onError(handler) as Any, "first");
    const { failure } = await failureOf(run);
    expect(failure.cause).toMatchObject({ message: "first" });
    expect(failure.failures.map(({ cause }) => cause?.message)).toEqual(["first", "the handler"]);
    expect(calls(run, "handler")).toBe(1);
  });
  test("S13: a handler that several members share sees the labels of each", async () => {
    const seen = noted("seen-labels", (_: unknown, ctx) => ctx.labels);
    const member = (name: string) => (fail.recover(seen) as Any).with({ labels: { who: name } });
    expect(await valueOf(app(), all(member("x"), member("y")), "no")).toEqual([{ who: "x" }, { who: "y" }]);
    expect(await valueOf(app(), labelsOf.with({ labels: { who: "z" } }))).toEqual({ who: "z" });
  });
  test("Q7: every handler of every part runs once, whatever fails in it", async () => {
    const item = seq(ident, all(fail, fail, b))
      .onError(handler)
      .finally(last) as Any;
    const run = await app().run(
      mapSettled(item) as Any,
      times(10, (i) => i),
    );
    await run.result();
    expect(calls(run, "handler")).toBe(10);
    expect(calls(run, "last-of-all")).toBe(10);
  });
  test("rule 13: recover takes the place of the result, and what comes after goes on", async () => {
    const quote = fail.recover(noted("instead", ({ input }: Failure) => [input, "instead"])) as Any;
    expect(await valueOf(app(), seq(quote, ident), "x")).toEqual(["x", "instead"]);
  });
  test("rule 13: a handler that takes the place and fails too, fails as the body did", async () => {
    const run = await app().run(fail.recover(seq(handler, fail)) as Any, "first");
    const { failure } = await failureOf(run);
    expect(failure.cause).toMatchObject({ message: "first" });
    expect(failure.failures).toHaveLength(2);
  });
  test("rule 13: compensations run in reverse order of completion, before the handlers, and only if something fails", async () => {
    const booked = (name: string) =>
      noted(`book-${name}`, () => name).compensate(
        noted(`undo-${name}`, (done: { output: unknown }) => done.output),
      ) as Any;
    const trip = seq(booked("flight"), booked("hotel"), booked("car"));
    const fine = await ended(app(), trip);
    expect(inOrder(fine)).toEqual(["book-flight", "book-hotel", "book-car"]);
    const run = await ended(app(), seq(trip, fail, ident).onError(handler) as Any);
    expect(inOrder(run)).toEqual([
      "book-flight",
      "book-hotel",
      "book-car",
      "fail",
      "undo-car",
      "undo-hotel",
      "undo-flight",
      "handler",
    ]);
    expect((await run.status()).state).toBe("failed");
  });
  test("rule 13: a compensation that fails is told beside the failure, and the others still run", async () => {
    const undo = noted("undo-fails", () => {
      throw new Error("cannot be undone");
    });
    const first = ident.compensate(noted("undo-first", () => undefined)) as Any;
    const run = await ended(app(), seq(first, ident.compensate(undo) as Any, fail), "x");
    const { failure } = await failureOf(run);
    expect(failure.failures.map(({ cause }) => cause?.message)).toEqual(["x", "cannot be undone"]);
    expect(calls(run, "undo-first")).toBe(1);
  });
  test("rule 13: finally runs once, well or badly, and changes nothing", async () => {
    const good = await app().run(ident.finally(last) as Any, 5);
    expect(await good.result()).toBe(5);
    const bad = await ended(app(), fail.finally(last) as Any, "x");
    expect((await failureOf(bad)).failure.cause).toMatchObject({ message: "x" });
    expect([calls(good, "last-of-all"), calls(bad, "last-of-all")]).toEqual([1, 1]);
  });
  test("rule 15: finish ends the run with its value, skip the part around it", async () => {
    const finish = noted("finish", (x: unknown, ctx) => ctx.finish(["early", x]));
    const run = await app().run(seq(id(1), all(seq(finish, ident), ident), tsum), null);
    expect(await run.result()).toEqual(["early", 1]);
    const { counts, state } = await run.status();
    expect(state).toBe("succeeded");
    for (const open of ["blocked", "queued", "running", "waiting"] as const) expect(counts[open] ?? 0).toBe(0);
    const skip = noted("skip-odd", (n: number, ctx) => (n % 2 === 1 ? ctx.skip("skipped") : n));
    expect(await valueOf(app(), each(seq(skip, plus(10))), [1, 2, 3])).toEqual(["skipped", 12, "skipped"]);
  });
  test("rule 17: a part has a time of its own, all retries in it included", async () => {
    const retried = fail.with({ retry: { attempts: 1_000, delay: 5, backoff: "fixed" } });
    const run = await app().run(seq(retried, ident).with({ within: 40 }), "x");
    expect((await failureOf(run)).failure.code).toBe("NODE_TIMED_OUT");
    expect(await valueOf(app(), seq(ident).with({ within: "1h", retry: quick }), 3)).toBe(3);
  });
}
