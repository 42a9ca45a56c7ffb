import { add, all, b, calls, ended, fail, id, noted, plus, seq, sumOf, times, tsum, valueOf } from "./vocabulary.ts";
import { group } from "arpeggio";
import { expect, test } from "vitest";
import type { AppGiver } from "./vocabulary.ts";
import { ident } from "./vocabulary.ts";

/** What members that run side by side come to. */
export function groupCases(app: AppGiver): void {
  test("G01: a group gives the list of its members' results", async () => {
    expect(await valueOf(app(), all(id(42), id(42)))).toEqual([42, 42]);
  });
  test("G05: 1,000 members, in their order", async () => {
    expect(await valueOf(app(), all(...times(1_000, id)))).toEqual(times(1_000, (i) => i));
  });
  test("G07: a group inside a member stays a list of its own", async () => {
    const canvas = all(id(1), id(2), seq(id(5), all(id(3), id(4))));
    expect(await valueOf(app(), canvas)).toEqual([1, 2, [3, 4]]);
  });
  test("G09: a group with a failing member ends", async () => {
    const run = await ended(app(), all(sumOf(1, 2), fail), "no");
    const { state, counts } = await run.status();
    expect(state).toBe("failed");
    expect(counts.failed).toBe(1);
    expect((counts.succeeded ?? 0) + (counts.skipped ?? 0) + (counts.cancelled ?? 0)).toBe(1);
  });
  test("G11: what follows a group runs once, with all of its results", async () => {
    const run = await app().run(seq(all(id(1), id(2), id(3)), ident), null);
    expect(await run.result()).toEqual([1, 2, 3]);
    expect(calls(run, "ident")).toBe(4);
  });
  test("G17: the input reaches every member", async () => {
    expect(await (await app().run(group([add, add]), [1, 1])).result()).toEqual([2, 2]);
    expect(await (await app().run(group([add.s(1), add.s(1)]), 1)).result()).toEqual([2, 2]);
  });
  test("G21: results of several runs are gathered with what the platform has", async () => {
    const runs = await Promise.all([app().run(sumOf(1, 1)), app().run(sumOf(2, 2))]);
    expect(await Promise.all(runs.map((run) => run.result()))).toEqual([2, 4]);
  });
  test("G23: members that log in any language end", async () => {
    const logs = noted("logs", (text: string, ctx) => {
      ctx.log(text, { text });
      return text;
    });
    const texts = ["naïve", "日本語", "🙂", "ελληνικά", "\u0000"];
    expect(await valueOf(app(), all(...texts.map((text) => logs.ignoreInput(text))))).toEqual(texts);
  });
  test("E01: an empty group in a row gives [] to what comes after it, like any other group", async () => {
    const run = await ended(app(), seq(all(ident, b), all(), all()), 1);
    expect(await run.result()).toEqual([]);
    expect((await run.status()).counts).toEqual({ succeeded: 2 });
  });
  test("E09: an empty group has no results, and nobody waits", async () => {
    expect(await valueOf(app(), all())).toEqual([]);
    expect(await valueOf(app(), all(all(), all()))).toEqual([[], []]);
  });
  test("B01: 1,000 members into one sum", async () => {
    expect(await valueOf(app(), seq(all(...times(1_000, id)), tsum))).toBe(499_500);
  });
  test("B03: 42 steps, 42 members, and a join over 42 inside a group", async () => {
    expect(await valueOf(app(), seq(id(0), ...times(42, () => plus(1))))).toBe(42);
    expect(await valueOf(app(), all(...times(42, id)))).toEqual(times(42, (i) => i));
    const inside = all(id("beside"), seq(all(...times(42, id)), tsum));
    expect(await valueOf(app(), inside)).toEqual(["beside", 861]);
  });
}
