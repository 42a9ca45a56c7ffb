import { chain, compile, task } from "arpeggio";
import { expect, test } from "vitest";
import { z } from "zod";
import {
  all,
  each,
  ended,
  failsOnce,
  failureOf,
  id,
  ident,
  join,
  labelsOf,
  laterOnce,
  none,
  noted,
  plus,
  quick,
  seq,
  sumOf,
  times,
  tsum,
  valueOf,
} from "./vocabulary.ts";
import type { Any, AppGiver } from "./vocabulary.ts";
import { func } from "arpeggio";

const subtract = func("case.subtract", (x: number, y: number) => x - y);

/** What reaches a task: inputs, labels, options; and what becomes of what it gives. */
export function valueCases(app: AppGiver): void {
  test("I01: what comes from above is the first argument", async () => {
    expect(await valueOf(app(), seq(id(30), subtract.s(10) as Any))).toBe(20);
  });
  test("I03: a step that ignores its input takes the value that it was given, and keeps its options", async () => {
    const fixed = labelsOf
      .with({ labels: { own: "1" } })
      .ignoreInput("x")
      .with({ labels: { more: "2" } });
    expect(await valueOf(app(), seq(id(1), fixed as Any))).toEqual({ own: "1", more: "2" });
  });
  test("I05: an option that is given as undefined leaves the one before", () => {
    const { nodes } = compile(ident.with({ priority: 5 }).with({ priority: undefined } as never)).graph;
    expect(nodes[0]).toMatchObject({ options: { priority: 5 } });
  });
  test("I07: a step that ignores its input begins a new flow of values", async () => {
    expect(await valueOf(app(), seq(id(1), plus(1), id(10), plus(5)))).toBe(15);
  });
  test("I09: a list, an object and null are one value each", async () => {
    const values: readonly unknown[] = [[1, [2]], { x: 1 }, null];
    expect(await valueOf(app(), all(...values.map((value) => seq(id(value), ident))))).toEqual(values);
  });
  test("I11: what follows a join follows its body, be it one step or several", async () => {
    const one = join([id(1), id(2)], tsum);
    expect(await valueOf(app(), one.pipe(plus(1)) as Any)).toBe(4);
    expect(await valueOf(app(), one.pipe(all(plus(1), plus(2))) as Any)).toEqual([4, 5]);
  });
  test("I13: a task without a result gives null", async () => {
    expect(await valueOf(app(), none)).toBeNull();
    expect(await valueOf(app(), seq(none, ident))).toBeNull();
  });
  test("I15: a schema checks and changes plain data on its way in", async () => {
    const Order = z.object({ id: z.string(), count: z.coerce.number().default(1) });
    const order = task("case.order", { input: Order }, (input) => ({ seen: input }));
    expect(await (await app().run(chain(id({ id: "a" }) as never, order), null)).result()).toEqual({
      seen: { id: "a", count: 1 },
    });
  });
  test("R29: an error that cannot be stored still tells its name and message", async () => {
    const odd = noted("odd", () => {
      const error = Object.assign(new TypeError("with a function"), { run: () => 1 });
      throw Object.assign(error, { itself: error });
    });
    const { failure } = await failureOf(await app().run(odd, null));
    expect(failure.cause).toMatchObject({ name: "TypeError", message: "with a function" });
  });
  test("R31: what does not fit is refused before anything is stored", async () => {
    const strict = task("case.strict", { input: z.object({ n: z.number() }) }, ({ n }) => n);
    await expect(app().run(strict, { n: "one" } as never)).rejects.toMatchObject({ code: "INPUT_INVALID" });
    const later = await app().run(chain(id({ n: "one" }) as never, strict), null);
    expect((await failureOf(later)).failure).toMatchObject({ code: "TASK_INPUT_INVALID", attempt: 1 });
  });
  test("R33: a handler that asks for a later attempt gets one, and the chain goes on", async () => {
    expect(await valueOf(app(), seq(id("second pass"), laterOnce.with({ retry: quick }), ident))).toBe("second pass");
  });
  test("M01: a map gives the list of results", async () => {
    expect(await valueOf(app(), each(ident), [1, 2, 3])).toEqual([1, 2, 3]);
  });
  test("M05: a map takes the list of the step before it", async () => {
    expect(await valueOf(app(), seq(id([1, 2]), each(plus(1))))).toEqual([2, 3]);
  });
  test("S01: every task under a label sees it", async () => {
    const labels = { tenant: "42" };
    const canvases = [
      labelsOf,
      seq(labelsOf, labelsOf),
      all(labelsOf, labelsOf),
      join([labelsOf], labelsOf),
      all(seq(labelsOf, all(labelsOf))),
      seq(id([1, 2]), each(labelsOf)),
      each(seq(id(1), labelsOf)).ignoreInput([1]) as Any,
    ];
    for (const canvas of canvases) {
      const text = JSON.stringify(await valueOf(app(), canvas.with({ labels }), null));
      expect(text.replaceAll(/[[\],]/g, "").replaceAll('{"tenant":"42"}', "")).toBe("");
    }
  });
  test("S03: labels are texts; anything else is refused where it is written", () => {
    for (const value of [1, ["a"], null, undefined])
      expect(() => ident.with({ labels: { x: value } } as never)).toThrow(
        expect.objectContaining({ code: "OPTION_INVALID" }),
      );
  });
  test("S05: labels hold for every attempt", async () => {
    const seen: unknown[] = [];
    const flaky = noted("flaky-labels", (_: unknown, ctx) => {
      seen.push(ctx.labels);
      if (ctx.attempt < 3) throw new Error("again");
      return ctx.labels;
    });
    await valueOf(app(), flaky.with({ retry: quick, labels: { kept: "yes" } }));
    expect(seen).toEqual(times(3, () => ({ kept: "yes" })));
  });
  test("S09: labels of different names add up, the nearer wins under one name", async () => {
    const canvas = all(labelsOf.with({ labels: { a: "1", b: "1" } })).with({ labels: { b: "2", c: "2" } });
    expect(await valueOf(app(), canvas, null, { labels: { c: "3", d: "3" } })).toEqual([
      { a: "1", b: "1", c: "2", d: "3" },
    ]);
  });
  test("S11: siblings have labels of their own beside the common one", async () => {
    const member = (name: string) => labelsOf.with({ labels: { [name]: "own" } });
    expect(await valueOf(app(), all(member("x"), member("y")).with({ labels: { both: "1" } }))).toEqual([
      { x: "own", both: "1" },
      { y: "own", both: "1" },
    ]);
  });
  test("T01: a task is tried until its policy has no more attempts, and fails with its own error", async () => {
    const stubborn = noted("stubborn", (_: unknown, ctx) => {
      throw new RangeError(`try ${ctx.attempt}`);
    });
    const run = await ended(app(), stubborn.with({ retry: quick }));
    expect((await failureOf(run)).failure).toMatchObject({
      attempt: 3,
      cause: { name: "RangeError", message: "try 3" },
    });
    expect(await valueOf(app(), failsOnce.with({ retry: quick }))).toBe(2);
  });
  test("T03: what comes after a retried step sees its last value only", async () => {
    const retried = failsOnce.with({ retry: quick });
    expect(await valueOf(app(), seq(retried, plus(10)))).toBe(12);
    expect(await valueOf(app(), join([retried, id(1)], tsum))).toBe(3);
  });
  test("T07: twenty retries in a row are nothing special", async () => {
    const twenty = noted("twenty", (_: unknown, ctx) => {
      if (ctx.attempt <= 20) throw new Error("again");
      return ctx.attempt;
    });
    const retry = { attempts: 30, backoff: "fixed", delay: 1 } as const;
    expect(await valueOf(app(), twenty.with({ retry }))).toBe(21);
  });
  test("T09: a timeout aborts the handler's signal with its reason, and is none without a length", async () => {
    let reason: unknown;
    const waits = noted("waits", async (_: unknown, ctx) => {
      await new Promise<void>((resolve) => ctx.signal.addEventListener("abort", () => resolve(), { once: true }));
      reason = ctx.signal.reason;
    });
    const { failure } = await failureOf(await app().run(waits.with({ timeout: 20 }), null));
    expect(failure.code).toBe("TASK_TIMED_OUT");
    await expect.poll(() => (reason as { code?: string } | undefined)?.code).toBe("TASK_TIMED_OUT");
    expect(() => waits.with({ timeout: -1 })).toThrow(expect.objectContaining({ code: "OPTION_INVALID" }));
  });
  test("D03: running a canvas leaves it as it was", async () => {
    const canvas = seq(sumOf(1, 1), plus(1));
    const before = JSON.stringify(compile(canvas).graph);
    expect([await valueOf(app(), canvas), await valueOf(app(), canvas)]).toEqual([3, 3]);
    expect(JSON.stringify(compile(canvas).graph)).toBe(before);
  });
}
