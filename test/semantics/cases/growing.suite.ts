import { any, chunks, ge, loop, map, quorum, race, starmap, task } from "arpeggio";
import { expect, test } from "vitest";
import {
  add,
  addAll,
  all,
  calls,
  ended,
  fail,
  failureOf,
  id,
  ident,
  inOrder,
  join,
  labelsOf,
  noted,
  quick,
  seq,
  sumOf,
  times,
  tsum,
  valueOf,
} from "./vocabulary.ts";
import type { Any, AppGiver } from "./vocabulary.ts";

/** A task that a canvas takes the place of, with the task's own input. */
const becomes = (name: string, canvas: Any | ((input: never) => Any)): Any =>
  noted(name, (input: unknown, ctx) =>
    ctx.replaceWith(typeof canvas === "function" ? canvas(input as never) : canvas, input),
  );

const chainInstead = becomes("rep-chain", seq(ident, ident));
const failInstead = becomes("rep-bad", seq(ident, fail));
const adds = becomes("rep-add", ([x, y]: [number, number]) => sumOf(x, y));
const addInstead = (x: number, y: number) => adds.ignoreInput([x, y]);
const plusEach = becomes("rep-plus-each", ({ list, n }: { list: number[]; n: number }) =>
  all(...list.map((one) => sumOf(one, n))),
);

/** Graphs that grow while they run. */
export function growingCases(app: AppGiver): void {
  test("P01: a task that a chain takes the place of has the chain's result, in the same run", async () => {
    const run = await app().run(chainInstead, 42);
    expect(await run.result()).toBe(42);
    expect(inOrder(run)).toEqual(["rep-chain", "ident", "ident"]);
  });
  test("the steps of such a canvas have the labels of the task's place, the nearer over the farther", async () => {
    const inner = becomes("rep-labels-inner", labelsOf.with({ labels: { own: "3" } })).with({ labels: { inner: "2" } });
    const outer = becomes("rep-labels", all(labelsOf, inner, labelsOf.with({ labels: { outer: "x" } })));
    const canvas = seq(outer).with({ labels: { outer: "1", around: "a" } });
    expect(await valueOf(app(), canvas, null, { labels: { run: "r", around: "r" } })).toEqual([
      { run: "r", around: "a", outer: "1" },
      { run: "r", around: "a", outer: "1", inner: "2", own: "3" },
      { run: "r", around: "a", outer: "x" },
    ]);
  });
  test("P03: a member keeps its place, whichever is replaced", async () => {
    const one = chainInstead.ignoreInput(42);
    expect(await valueOf(app(), all(one, id(1337)))).toEqual([42, 1337]);
    expect(await valueOf(app(), all(id(42), chainInstead.ignoreInput(1337), id(31337)))).toEqual([42, 1337, 31337]);
    expect(await valueOf(app(), all(id(42), chainInstead.ignoreInput(1337)))).toEqual([42, 1337]);
  });
  test("P05: a body, or a step of it, may be replaced", async () => {
    for (const body of [
      chainInstead,
      seq(chainInstead, ident, ident),
      seq(ident, chainInstead, ident),
      seq(ident, ident, chainInstead),
    ]) {
      expect(await valueOf(app(), join([id(42)], body))).toEqual([42]);
    }
  });
  test("P07, P09: what happens after a replaced task, and when it fails, happens once", async () => {
    const after = noted("after", (x: unknown) => x);
    const run = await app().run(seq(all(chainInstead, ident), after), 7);
    expect(await run.result()).toEqual([7, 7]);
    expect(calls(run, "after")).toBe(1);
    const handler = noted("replaced-failed", () => undefined);
    for (const canvas of [seq(failInstead, ident), all(failInstead, ident)]) {
      const failed = await ended(app(), canvas.onError(handler) as Any, "x");
      expect(calls(failed, "replaced-failed")).toBe(1);
      expect((await failureOf(failed)).failure.cause).toMatchObject({ message: "x" });
    }
  });
  test("P11: groups in the place of members keep the order, inside and outside", async () => {
    const pair = (list: readonly number[]) => plusEach.ignoreInput({ list, n: 1 });
    const members = times(20, (i) => pair(i % 2 === 0 ? [2, 1] : [4, 3]));
    expect(await valueOf(app(), all(...members))).toEqual(times(20, (i) => (i % 2 === 0 ? [3, 2] : [5, 4])));
  });
  test("P13, rule 26: how deep replacements nest is bounded, with an error that says so", async () => {
    const down: Any = noted("down", (n: number, ctx) => (n === 0 ? "bottom" : ctx.replaceWith(down, n - 1)));
    expect(await valueOf(app(), down, 20)).toBe("bottom");
    const endless: Any = noted("endless", (n: number, ctx) => ctx.replaceWith(endless, n + 1));
    const { failure } = await failureOf(await app().run(seq(endless, ident), 0));
    expect(failure).toMatchObject({ code: "REPLACE_TOO_DEEP", message: expect.stringContaining("endless") });
  });
  test("P17: a group in the place of a task gives a list, however long", async () => {
    const counted = becomes("rep-group", (n: number) => all(...times(n, id)));
    expect(await valueOf(app(), all(...[3, 1, 0].map((n) => counted.ignoreInput(n))))).toEqual([[0, 1, 2], [0], []]);
  });
  test("P19: a canvas that is put in place may join what came before", async () => {
    const more = becomes("rep-join", (list: number[]) => join([id(0), id(list.length * 9)], ident));
    expect(await valueOf(app(), join([id(1), id(2)], more))).toEqual([0, 18]);
  });
  test("P21: replacing is no error: nothing is tried again", async () => {
    const run = await app().run(chainInstead.with({ retry: quick }), 1);
    expect(await run.result()).toBe(1);
    expect(calls(run, "rep-chain")).toBe(1);
  });
  test("G19: a group that a task becomes is in the run once", async () => {
    const run = await app().run(becomes("rep-once", all(id(1), id(2))), null);
    expect(await run.result()).toEqual([1, 2]);
    expect((await run.status()).counts).toEqual({ succeeded: 3 });
  });
  test("N19: joins of replaced tasks in joins", async () => {
    const first = seq(join([sumOf(1, 2), addInstead(3, 4)], addAll(5)), tsum);
    const second = seq(join([addInstead(6, 7), sumOf(0, 0)], addAll(8)), tsum);
    expect(await valueOf(app(), join([first, second], addAll(9)))).toEqual([29, 38]);
  });
  test("M03: chunks give a list for each chunk, and one list where it is wanted flat", async () => {
    const doubled = task("case.doubled", ([x, y]: readonly [number, number]) => x + y);
    const pairs = times(5, (i) => [i, i] as const);
    expect(await (await app().run(chunks(doubled, 2), pairs)).result()).toEqual([[0, 2], [4, 6], [8]]);
    expect(await (await app().run(map(doubled, { chunk: 2 }), pairs)).result()).toEqual([0, 2, 4, 6, 8]);
    expect(await (await app().run(starmap(add), pairs)).result()).toEqual([0, 2, 4, 6, 8]);
  });
  test("M07, B07: a window over many items: never more of them under way than it is wide", async () => {
    let underWay = 0;
    let most = 0;
    const counted = noted("counted", async (n: number) => {
      most = Math.max(most, ++underWay);
      await new Promise((resolve) => setImmediate(resolve));
      underWay--;
      return n;
    });
    const items = times(2_000, (i) => i);
    expect(await valueOf(app(), map(counted, { concurrency: 3 }) as never, items)).toEqual(items);
    expect(most).toBeLessThanOrEqual(3);
    expect(most).toBeGreaterThan(1);
  });
  test("rule 12: any takes the first success, quorum the first ones, race the first end", async () => {
    const hangs = noted("hangs", async (_: unknown, ctx) => {
      await new Promise<void>((resolve) => ctx.signal.addEventListener("abort", () => resolve(), { once: true }));
      throw new Error("aborted");
    });
    expect(await valueOf(app(), any([hangs, fail, id(1)]) as Any, "x")).toBe(1);
    expect(await valueOf(app(), quorum(2, [id(1), hangs, fail, id(4)]) as Any, "x")).toEqual([1, 4]);
    expect(await valueOf(app(), race([hangs, id(1)]) as Any)).toBe(1);
    expect((await failureOf(await app().run(race([hangs, fail]) as Any, "x"))).failure.cause).toMatchObject({
      message: "x",
    });
    const none = await failureOf(await app().run(any([fail, fail]) as Any, "x"));
    expect(none.failure.code).toBe("ALL_BRANCHES_FAILED");
    const few = await failureOf(await app().run(quorum(2, [fail, id(1), fail]) as Any, "x"));
    expect(few.failure.code).toBe("QUORUM_NOT_REACHED");
  });
  test("rule 26: a loop that reaches its maximum fails and says so", async () => {
    const next = task("case.next", (n: number) => n + 1);
    const never = loop(next, { until: (n) => ge(n, 10), max: 3 });
    const { failure } = await failureOf(await app().run(seq(never as Any, ident), 0));
    expect(failure).toMatchObject({ code: "LOOP_MAX_REACHED", node: "loop" });
    expect(await valueOf(app(), loop(next, { until: (n) => ge(n, 10), max: 20 }) as never, 0)).toBe(10);
  });
}
