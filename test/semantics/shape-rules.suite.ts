import { describe, expect, test } from "vitest";
import { chain, chord, group, map } from "arpeggio";
import type { App } from "arpeggio";
import { began } from "./rule-runs.ts";
import { countTo, double, executionsOf, increment, incrementEach, sum } from "./tasks.ts";

/** Rules 1 to 4: the shape of a canvas. */
export function shapeRules(app: () => App): void {
  describe("rule 1: the algebra is structural", () => {
    test("a group of one yields a list of one", async () => {
      expect(await (await app().run(group([increment]), 1)).result()).toEqual([2]);
    });
    test("nested groups stay nested", async () => {
      const canvas = group([increment, group([double, group([increment, double])])]);
      expect(await (await app().run(canvas, 5)).result()).toEqual([6, [10, [6, 10]]]);
    });
    test("a chain in a chain means the same as the steps in a row", async () => {
      const flat = await (await app().run(chain(increment, double, increment), 3)).result();
      const nested = await (await app().run(chain(increment, chain(double, increment)), 3)).result();
      expect(flat).toBe(9);
      expect(nested).toBe(flat);
    });
    test("a header of one still gives its body a list", async () => {
      expect(await (await app().run(chord(group([increment]), sum), 41)).result()).toBe(42);
    });
  });

  describe("rule 2: what is empty", () => {
    test("chain() without steps is a build error that has a code", () => {
      expect(() => (chain as (...steps: unknown[]) => unknown)()).toThrow(
        expect.objectContaining({ code: expect.stringMatching(/^[A-Z_]+$/) }),
      );
    });
    test("group([]) yields [] and runs nothing", async () => {
      const run = await app().run(group([]), undefined);
      expect(await run.result()).toEqual([]);
    });
    test("a chord over nothing runs its body with []", async () => {
      const run = await app().run(chord(group([]), sum), undefined);
      expect(await run.result()).toBe(0);
      expect(began(run.id, "sem.sum")).toHaveLength(1);
    });
    test("map over [] yields [] and runs nothing", async () => {
      const run = await app().run(incrementEach, []);
      expect(await run.result()).toEqual([]);
      expect(executionsOf(run.id)).toEqual([]);
    });
    test("a map over [] in the middle lets the chain go on", async () => {
      expect(await (await app().run(chain(countTo, map(increment), sum), 0)).result()).toBe(0);
    });
  });

  describe("rule 3: composites have an identity", () => {
    test("a named node is found under its name, an item under its place", async () => {
      const run = await app().run(chain(countTo.named("list"), map(increment).named("each")), 2);
      await run.result();
      expect(
        executionsOf(run.id)
          .filter((one) => one.phase === "began")
          .map((one) => one.node)
          .toSorted(),
      ).toEqual(["each[0]/sem.increment", "each[1]/sem.increment", "list"]);
    });
  });

  describe("rule 4: a canvas is a value", () => {
    test("methods leave the canvas as it was", async () => {
      const canvas = chain(increment, double);
      canvas.with({ queue: "elsewhere" });
      canvas.pipe(double);
      canvas.named("other");
      expect(await (await app().run(canvas, 1)).result()).toBe(4);
    });
    test("one canvas used twice is two executions", async () => {
      const run = await app().run(group([increment, increment]), 1);
      expect(await run.result()).toEqual([2, 2]);
      expect(began(run.id, "sem.increment")).toHaveLength(2);
    });
  });
}
