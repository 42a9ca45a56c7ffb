import { batch, chain, chunks, func, map, starmap, task } from "@arpeggio/core";
import { allOf, goingOn, succeeds } from "./canvas-ends.ts";
import { chained, digest, list, mapped, picky, step } from "./canvas-parts.ts";
import type { Part } from "./canvas-parts.ts";

/** Lists that are gone through in other ways than item by item. */

const chunkTask = picky;

/** A task for two items at a time. */
export const inChunks: Part = chained(list, {
  canvas: chunks(chunkTask.canvas as never, 2) as never,
  meaning: (items) => allOf(pairsOf(items).map((chunk) => allOf(chunk.map(chunkTask.meaning)))),
});

/** The same with one list as its result. */
export const inFlatChunks: Part = chained(list, {
  canvas: map(chunkTask.canvas as never, { chunk: 2 } as never) as never,
  meaning: (items) => allOf((items as readonly unknown[]).map(chunkTask.meaning)),
});

export function batched(body: Part): Part {
  return {
    canvas: batch(body.canvas as never, 2) as never,
    meaning: (items) => allOf(pairsOf(items).map(body.meaning)),
  };
}

function pairsOf(items: unknown): readonly unknown[][] {
  const all = items as readonly unknown[];
  return Array.from({ length: Math.ceil(all.length / 2) }, (_, i) => all.slice(i * 2, i * 2 + 2));
}

const tuples = step("any.tuples", (value) => Array.from({ length: digest(value) % 4 }, (_, i) => [i, digest(value)]));
const joined = func("any.joined", (a: unknown, b: unknown) => digest([a, b]));

/** A func for each tuple of a list. */
export const spread: Part = chained(tuples, {
  canvas: starmap(joined as never) as never,
  meaning: (items) => allOf((items as readonly unknown[]).map((item) => succeeds(digest(item)))),
});

export function windowed(body: Part, concurrency: number): Part {
  return { ...mapped(body), canvas: map(body.canvas, { concurrency }) as never };
}

const skips = (value: unknown) => digest(value) % 2 === 0;
const skipper = task("any.skip", (value: unknown, ctx) => (skips(value) ? ctx.skip(digest(value)) : digest(value)));

/** Items of a map that end early for some values. */
export function skipping(before: Part, after: Part): Part {
  return chained(list, {
    canvas: map(chain(before.canvas, skipper as never, after.canvas)) as never,
    meaning: (items) =>
      allOf(
        (items as readonly unknown[]).map((item) =>
          goingOn(before.meaning(item), (value) =>
            skips(value) ? succeeds(digest(value)) : after.meaning(digest(value)),
          ),
        ),
      ),
  });
}
