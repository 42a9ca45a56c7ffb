import { func } from "arpeggio";
import { expect, test } from "vitest";
import {
  a,
  addAll,
  all,
  b,
  calls,
  fail,
  failureOf,
  id,
  ident,
  inOrder,
  join,
  none,
  noted,
  plus,
  seq,
  sumOf,
  times,
  tsum,
  valueOf,
  xsum,
} from "./vocabulary.ts";
import type { Any, AppGiver } from "./vocabulary.ts";

const three = func("case.three", (x: number, y: number, z: number) => x + y + z);

const appendFive = noted("append-5", (list: readonly unknown[]) => [...list, 5]);
const appendTen = noted("append-10", (list: readonly unknown[]) => [...list, 10]);
const appendToEach = noted("append-to-each", (lists: readonly unknown[][]) => lists.map((list) => [...list, "A"]));

/** What waits for several, and canvases in canvases. */
export function joinCases(app: AppGiver): void {
  test("X03: a header of one gives a list of one", async () => {
    expect(await valueOf(app(), join([sumOf(2, 5)], addAll(9)))).toEqual([16]);
    expect(await valueOf(app(), seq(all(sumOf(2, 5)), addAll(9)))).toEqual([16]);
  });
  test("X05: a step, a group, and a step over the list", async () => {
    const canvas = seq(sumOf(2, 2), all(...times(4, plus)), addAll(8));
    expect(await valueOf(app(), canvas)).toEqual([12, 13, 14, 15]);
  });
  test("X07: a body gets the results in the order of the members", async () => {
    const canvas = seq(all(...times(4, (n) => three.s(n, 1) as Any)), addAll(8));
    expect(await valueOf(app(), canvas, 4)).toEqual([13, 14, 15, 16]);
  });
  test("X09: however a join is written, it is one", async () => {
    const members = [a, a];
    const canvas = all(seq(all(...members), b), join(members, b), join(all(...times(2, () => a)), b));
    expect(await valueOf(app(), canvas)).toEqual(["b", "b", "b"]);
  });
  test("X11: a member that gives up by itself in time gives its result", async () => {
    const givesUp = noted("gives-up", async (_: unknown, ctx) => {
      const ownLimit = AbortSignal.any([ctx.signal, AbortSignal.timeout(5)]);
      await new Promise<void>((resolve) => ownLimit.addEventListener("abort", () => resolve(), { once: true }));
      return 0;
    });
    expect(await valueOf(app(), join([id(3), givesUp.with({ timeout: "1m" })], tsum))).toBe(3);
  });
  test("X15: ten members into a sum", async () => {
    expect(
      await valueOf(
        app(),
        join(
          times(10, (i) => sumOf(i, i)),
          tsum,
        ),
      ),
    ).toBe(90);
  });
  test("N01: group after group after group", async () => {
    const canvas = seq(sumOf(1, 0), all(plus(1), plus(1)), all(tsum, tsum), tsum);
    expect(await valueOf(app(), canvas)).toBe(8);
  });
  test("N03: joins in a row, and tasks between them", async () => {
    const canvas = seq(sumOf(1, 0), join([plus(1), plus(1)], tsum), join([plus(1), plus(1)], tsum), plus(2));
    expect(await valueOf(app(), canvas)).toBe(12);
  });
  test("N05: nine joins of three in a row", async () => {
    const step = join([plus(0), plus(0), plus(0)], tsum);
    expect(await valueOf(app(), seq(id(1), ...times(9, () => step)))).toBe(3 ** 9);
  });
  test("N07: a join, tasks and a group in a row", async () => {
    const one = [all(sumOf(1, 1), sumOf(1, 1)), tsum];
    const last = all(plus(1), plus(1));
    for (const tasks of [1, 2, 3]) {
      const canvas = seq(...one, ...times(tasks, () => plus(1)), last);
      expect(await valueOf(app(), canvas)).toEqual([5 + tasks, 5 + tasks]);
    }
  });
  test("N09: a group in the middle of a row, or at its end", async () => {
    const pair = all(ident, ident);
    expect(await valueOf(app(), seq(id(42), pair, ident))).toEqual([42, 42]);
    expect(await valueOf(app(), seq(id(42), pair))).toEqual([42, 42]);
  });
  test("N11: a join in a group keeps its list", async () => {
    expect(await valueOf(app(), all(join([id(42)], ident)))).toEqual([[42]]);
  });
  test("N17: joins as members of a join", async () => {
    const expected = [
      [3, 7, 5, "A"],
      [13, 10, "A"],
    ];
    const members = [join([id(3), id(7)], appendFive), join([id(13)], appendTen)];
    expect(await valueOf(app(), join(members, appendToEach))).toEqual(expected);
    const written = [seq(all(id(3), id(7)), appendFive), seq(all(id(13)), appendTen)];
    expect(await valueOf(app(), seq(all(...written), appendToEach))).toEqual(expected);
  });
  test("N21: joins inside chains inside a join", async () => {
    const member = seq(a, join([a, a], a));
    expect(await valueOf(app(), join([member, member], sumOf(2, 2)))).toBe(4);
  });
  test("N25: a group in the middle of a chain that is a body", async () => {
    const inner = join([tsum, tsum], seq(tsum, all(plus(8), plus(16)), seq(tsum, plus(32))));
    expect(await valueOf(app(), join([sumOf(0, 1)], inner))).toBe(60);
  });
  test("N27: joins after joins, however they are written, with tasks between", async () => {
    const explicit = seq(join([id(1), id(2)], tsum), join([plus(1), plus(2)], tsum));
    const implicit = seq(all(id(1), id(2)), tsum, all(plus(1), plus(2)), tsum);
    const mixed = seq(all(id(1), id(2)), join([tsum], tsum), ident, all(plus(1), plus(2)), tsum);
    for (const canvas of [explicit, implicit, mixed]) expect(await valueOf(app(), canvas)).toBe(9);
  });
  test("N29: nothing runs twice, however groups and chains lie in each other", async () => {
    const run = await app().run(seq(seq(all(a, a), all(a, a)), seq(a, b)), null);
    expect(await run.result()).toBe("b");
    expect(calls(run, "a")).toBe(5);
    expect(calls(run, "b")).toBe(1);
  });
  test("N31: members of different length into two bodies", async () => {
    const header = all(seq(sumOf(1, 2), plus(3)), seq(sumOf(4, 5), plus(6)), id(21));
    expect(await valueOf(app(), seq(header, all(xsum, xsum)))).toEqual([42, 42]);
  });
  test("N33: each member of the next group gets the whole list", async () => {
    const pair = all(ident, ident);
    const ones = [1, 1];
    expect(await valueOf(app(), seq(id(1), pair, pair))).toEqual([ones, ones]);
    expect(await valueOf(app(), seq(join([id(1), id(2)], tsum), join([plus(1), plus(2)], tsum)))).toBe(9);
  });
  test("X17: a member that gives nothing gives null, and the body runs", async () => {
    expect(await valueOf(app(), join([none, id(1), none], ident))).toEqual([null, 1, null]);
  });
  test("N37: a join in a chain takes what comes before it", async () => {
    expect(await valueOf(app(), seq(join([ident, ident], ident), ident), 1)).toEqual([1, 1]);
  });
  test("N35: a body waits for the members of a group that ends a chain in its header", async () => {
    let finish!: () => void;
    const hasBegun = new Promise<void>((resolve) => (finish = resolve));
    const long = noted("long", () => hasBegun.then(() => 1));
    const short = noted("short", (n: number) => {
      finish();
      return n;
    });
    const run = await app().run(
      join(
        [long, seq(all(short.ignoreInput(3), short.ignoreInput(4)))],
        noted("last", (x: unknown) => x),
      ),
      null,
    );
    expect(await run.result()).toEqual([1, [3, 4]]);
    expect(inOrder(run).at(-1)).toBe("last");
    expect(calls(run, "short")).toBe(2);
  });
  test("E05: a body may be an empty group", async () => {
    expect(await valueOf(app(), join([id(1)], all()))).toEqual([]);
  });
  test("E07: a member may be a join over nothing", async () => {
    expect(await valueOf(app(), join([join([], tsum), id(1)], tsum))).toBe(1);
  });
  test("R05: a failing member and a failing body both fail the run, with the first error inside", async () => {
    const inHeader = await failureOf(await app().run(join([fail.ignoreInput("header")], ident), null));
    expect(inHeader.failure).toMatchObject({ node: "case.fail", cause: { name: "RangeError", message: "header" } });
    const inBody = await failureOf(
      await app().run(
        join(
          [id("body")],
          seq(
            noted("first", ([x]: [unknown]) => x),
            fail,
          ),
        ),
        null,
      ),
    );
    expect(inBody.failure).toMatchObject({ cause: { name: "RangeError", message: "body" } });
    expect(String(inBody.cause)).toContain("body");
  });
  test("R21: a failing step deep in a member ends the run", async () => {
    const run = await app().run(seq(all(id(1), seq(fail, all(id(2), id(3)), id(4))), ident), null);
    expect((await failureOf(run)).failure).toMatchObject({ code: "TASK_FAILED", node: "case.fail" });
    const { counts } = await run.status();
    for (const state of ["blocked", "queued", "running", "waiting"] as const) expect(counts[state] ?? 0).toBe(0);
  });
  test("R23: members after a failed step are skipped", async () => {
    const run = await app().run(seq(fail, all(a, b)), "x");
    expect((await failureOf(run)).failure.cause).toMatchObject({ message: "x" });
    expect((await run.status()).counts).toEqual({ failed: 1, skipped: 2 });
  });
  test("A07: a group after a join gets its list in every member", async () => {
    const canvas = seq(join([id(1), id(2)], ident), all(addAll(10), addAll(20)));
    expect(await valueOf(app(), canvas)).toEqual([
      [11, 12],
      [21, 22],
    ]);
  });
}
