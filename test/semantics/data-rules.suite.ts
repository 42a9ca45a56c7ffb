import { describe, expect, test } from "vitest";
import { chain, group, map } from "arpeggio";
import type { App } from "arpeggio";
import { began, failureOf } from "./rule-runs.ts";
import {
  add,
  asRecord,
  countTo,
  double,
  echo,
  executionsOf,
  increment,
  large,
  lengthOf,
  returnsFunction,
  scale,
  subtract,
  sum,
} from "./tasks.ts";

/** Rules 5 to 9: what goes from step to step. */
export function dataRules(app: () => App): void {
  describe("rule 5: a task takes one value", () => {
    test("bound fields are merged over what comes from above", async () => {
      expect(await (await app().run(chain(asRecord, scale.s({ by: 3 })), 7)).result()).toBe(21);
    });
    test("a bound field wins over one from above", async () => {
      expect(await (await app().run(chain(asRecord, scale.s({ by: 2, value: 5 })), 7)).result()).toBe(10);
    });
    test("positional tasks take the value from above first", async () => {
      expect(await (await app().run(chain(increment, subtract.s(10)), 4)).result()).toBe(-5);
      expect(await (await app().run(chain(group([increment, double]), add), 4)).result()).toBe(13);
    });
    test.each([[[1, 2, 3]], [{ a: [1], b: null }], [null], [[]], ["text"], [0], [false]])(
      "%j is one value and arrives as it is",
      async (value) => {
        expect(await (await app().run(chain(echo, echo), value)).result()).toEqual(value);
      },
    );
    test("a mapping function gives the next step what it names", async () => {
      const canvas = asRecord.pipe(scale, (made) => ({ value: made.value, by: 10 }));
      expect(await (await app().run(canvas, 4)).result()).toBe(40);
    });
  });

  test("rule 6: ignoreInput drops the value and still waits", async () => {
    const run = await app().run(chain(increment, double.ignoreInput(21)), 1);
    expect(await run.result()).toBe(42);
    expect(executionsOf(run.id).map((one) => `${one.task} ${one.phase}`)).toEqual([
      "sem.increment began",
      "sem.increment ended",
      "sem.double began",
      "sem.double ended",
    ]);
  });

  describe("rule 7: a group hands its input to every member", () => {
    test("results come in member order, whatever finishes first", async () => {
      const slow = chain(increment, increment, increment, increment);
      expect(await (await app().run(group([slow, double, increment]), 1)).result()).toEqual([5, 2, 2]);
    });
    test("or under the member's key", async () => {
      const canvas = group({ more: increment, twice: double });
      expect(await (await app().run(canvas, 10)).result()).toEqual({ more: 11, twice: 20 });
    });
    test("a thousand items keep their order", async () => {
      const expected = Array.from({ length: 1000 }, (_, i) => i + 1);
      expect(await (await app().run(chain(countTo, map(increment)), 1000)).result()).toEqual(expected);
    });
  });

  describe("rule 8: values", () => {
    test("bytes, dates and big integers travel as they are", async () => {
      const value = { bytes: new Uint8Array([0, 255, 3]), when: new Date(1_700_000_000_123), big: 2n ** 62n };
      const back = (await (await app().run(chain(echo, group([echo])), value)).result()) as unknown as [typeof value];
      expect(back).toEqual([value]);
      expect(back[0].bytes).toBeInstanceOf(Uint8Array);
    });
    test("a result that cannot be stored fails its node, and no successor starts", async () => {
      const run = await app().run(chain(returnsFunction, echo), null);
      const thrown = await failureOf(run);
      expect(thrown.failure).toMatchObject({ code: "TASK_RESULT_NOT_SERIALISABLE", node: "sem.returns-function" });
      expect(thrown.failure.message).toContain("nested");
      expect(began(run.id, "sem.echo")).toEqual([]);
    });
  });

  describe("rule 9: large values travel by reference", () => {
    test("through a chain, a group and into a result", async () => {
      const canvas = chain(large, group([lengthOf, echo]));
      const [length, text] = (await (await app().run(canvas, 700_000)).result()) as unknown as [number, string];
      expect(length).toBe(700_000);
      expect(text).toHaveLength(700_000);
    });
    test("as a run's input, and item by item out of a large list", async () => {
      const words = Array.from({ length: 3_000 }, (_, i) => `${i}`.padEnd(100, "."));
      expect(await (await app().run(chain(map(lengthOf), sum), words)).result()).toBe(300_000);
    });
    test("a join of many results larger than a message", async () => {
      const canvas = chain(map(large), map(lengthOf), sum);
      expect(
        await (
          await app().run(
            canvas,
            Array.from({ length: 30 }, () => 50_000),
          )
        ).result(),
      ).toBe(1_500_000);
    });
  });
}
