import { createApp } from "arpeggio";
import type { App } from "arpeggio";
import { afterAll, beforeAll, expect, test } from "vitest";
import { shapes } from "./shapes.mjs";

let app: App;
beforeAll(async () => {
  app = await createApp({ concurrency: 1_000 });
});
afterAll(() => app.close());

// Larger ones, and what they cost: pnpm bench:shapes.
test.each<[keyof typeof shapes, size: number]>([
  ["chain", 10_000],
  ["nested", 1_000],
  ["maps", 1_000],
  ["settled", 1_000],
  ["named", 1_000],
  ["loops", 1_000],
  ["choices", 1_000],
  ["branches", 1_000],
  ["group", 10_000],
  ["map", 100_000],
  ["lattice", 100],
])("a %s of %i runs to its end", { timeout: 60_000 }, async (name, size) => {
  const { canvas, input, expected } = shapes[name](size);
  const run = await app.run(canvas, input);
  expect(await run.result()).toEqual(expected);
  const { nodes, nodesGone } = await run.status({ nodesMax: 3 });
  expect({ nodesGone, told: nodes.length }).toEqual({ nodesGone: undefined, told: 3 });
});
