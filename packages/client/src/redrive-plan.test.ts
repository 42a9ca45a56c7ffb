import { any, chain, compile, group, loop, ge, map, task } from "@arpeggio/core";
import type { AnyCanvas, DoneNode } from "@arpeggio/core";
import { expect, test } from "vitest";
import { planRedrive } from "./redrive-plan.ts";

const a = task("a", (n: number) => n);
const b = task("b", (n: number) => n);
const c = task("c", (n: number) => n);
const d = task("d", (n: readonly number[]) => n.length);
const list = task("list", (n: number) => [n]);

/** `x!` is done with its result gone; `x` with its result. */
function plan(canvas: AnyCanvas, done: string, failed: string, more: { from?: string; after?: AnyCanvas } = {}) {
  const before = compile(canvas).graph;
  const nodes: DoneNode[] = words(done).map((word) =>
    word.endsWith("!") ? { node: word.slice(0, -1) } : { node: word, value: Uint8Array.of(1) },
  );
  const after = more.after === undefined ? before : compile(more.after).graph;
  const paths = planRedrive({ before, after, done: nodes, failed: words(failed), from: more.from });
  return Object.fromEntries(Object.entries(paths).filter(([, list]) => list.length > 0));
}

function words(text: string): string[] {
  return text.split(" ").filter((word) => word !== "");
}

test("what succeeded is kept, the rest runs again", () => {
  expect(plan(chain(a, b, c), "a! b", "c")).toEqual({ kept: ["a", "b"], rerun: ["c"] });
  expect(plan(chain(group([a, b]), d), "a", "b")).toEqual({ kept: ["a"], rerun: ["b", "d"] });
});

test("a result that is gone and is still read is made again, with all that comes after it", () => {
  expect(plan(chain(a, group([b, c]), d), "a! b", "c")).toEqual({ rerun: ["a", "b", "c", "d"] });
});

test("from runs a node and what comes after it again", () => {
  expect(plan(chain(a, b, c), "a b c", "", { from: "b" })).toEqual({ kept: ["a"], rerun: ["b", "c"] });
  expect(plan(chain(group([a, b]), d), "a b", "d", { from: "a" })).toEqual({ kept: ["b"], rerun: ["a", "d"] });
  expect(plan(chain(list, map(chain(a, b))), "list map[0]/a map[0]/b map[1]/a", "map[1]/b", { from: "map" })).toEqual({
    kept: ["list"],
    rerun: ["map"],
  });
});

test("a name with dots in it is another node, and a branch is none", () => {
  const dotted = task("a.alpha", (n: number) => n);
  expect(plan(chain(group([a, dotted]), d), "a a.alpha", "d", { from: "a" })).toEqual({
    kept: ["a.alpha"],
    rerun: ["a", "d"],
  });
  expect(plan(chain(group([a, dotted]), d), "a a.alpha", "d", { from: "a.alpha" })).toEqual({
    kept: ["a"],
    rerun: ["a.alpha", "d"],
  });
  const first = any({ alpha: chain(a, b), beta: c });
  const done = "any.alpha/a any.alpha/b any.alpha";
  expect(plan(first, done, "any.beta/c")).toMatchObject({ kept: ["any.alpha"] });
  expect(plan(first, done, "any.beta/c", { from: "any.alpha" })).toEqual({
    rerun: ["any", "any.alpha/a", "any.alpha/b", "any.beta/c"],
  });
  expect(plan(first, done, "any.beta/c", { from: "any.alpha/b" })).toEqual({
    kept: ["any.alpha/a"],
    rerun: ["any", "any.alpha/b", "any.beta/c"],
  });
});

test("items and branches that are done are kept inside of what runs again", () => {
  expect(plan(chain(list, map(chain(a, b))), "list map[0] map[1]/a", "map[1]/b")).toEqual({
    kept: ["list", "map[0]", "map[1]/a"],
    rerun: ["map", "map[1]/b"],
  });
  expect(plan(chain(list, map(chain(a, b))), "list map[0] map[1]/a", "map[1]/b", { from: "map[0]/b" })).toEqual({
    kept: ["list", "map[1]/a"],
    rerun: ["map", "map[0]/a", "map[0]/b", "map[1]/b"],
  });
  expect(plan(any([chain(a, b), c]), "any[0]/a", "any[0]/b any[1]/c")).toEqual({
    kept: ["any[0]/a"],
    rerun: ["any", "any[0]/b", "any[1]/c"],
  });
  expect(plan(any([chain(a, b), c]), "any[0]", "any[1]/c")).toEqual({ kept: ["any[0]"], rerun: ["any", "any[1]/c"] });
});

test("a list that is made anew has other items", () => {
  expect(plan(chain(list, map(a)), "list map[0]", "map[1]/a", { from: "list" })).toEqual({ rerun: ["list", "map"] });
});

test("the rounds of a loop are kept up to the first that is not", () => {
  const again = loop(chain(a, b), { until: (n) => ge(n, 5), max: 9 });
  expect(plan(again, "loop[0]/a loop[0]/b loop[1]/a", "loop[1]/b")).toEqual({
    kept: ["loop[0]/a", "loop[0]/b", "loop[1]/a"],
    rerun: ["loop", "loop[1]/b"],
  });
  expect(plan(again, "loop[0]/a loop[1]/a", "loop[1]/b")).toEqual({
    kept: ["loop[0]/a"],
    rerun: ["loop", "loop[0]/b", "loop[1]/a", "loop[1]/b"],
  });
});

test("what is the path of nothing is passed over", () => {
  const hostile = "map[abc map[1e5x map[NaN] map[-1] map[ map[] map[1 map[0]/a";
  expect(plan(map(chain(a, b)), hostile, "map[1]/a")).toEqual({
    kept: ["map[0]/a"],
    rerun: ["map", "map[0]/b", "map[1]/a", "map[1]/b"],
  });
});

test("on another version, what is the same is kept, labels aside", () => {
  const after = chain(a.with({ labels: { x: "1" } }), b.with({ queue: "other" }), c);
  expect(plan(chain(a, b, c), "a b", "c", { after })).toEqual({ kept: ["a"], rerun: ["b", "c"] });
  expect(plan(chain(a, b), "a", "b", { after: chain(a, c) })).toEqual({ kept: ["a"], new: ["c"], gone: ["b"] });
  const inner = chain(list, map(chain(a, c)));
  expect(plan(chain(list, map(chain(a, b))), "list map[0]/a map[0]", "map[1]/a", { after: inner })).toMatchObject({
    kept: ["list", "map[0]/a"],
    gone: ["map[0]/b", "map[1]/b"],
  });
});
