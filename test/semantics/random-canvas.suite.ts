import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { chain, group, task, type App, type NodeStatus } from "arpeggio";
import { anyCanvas, anyInput } from "@arpeggio/testing";
import type { CanvasWithMeaning } from "@arpeggio/testing";
import { endOf, unlike } from "./ends.ts";

const refuse = task("law.refuse", (value: unknown): unknown => {
  throw new Error(`refused ${String(value)}`);
});
const give = task("law.give", (value: unknown) => [value]);
/** One canvas that fails and one that does not, whatever else is drawn. */
const certain: [CanvasWithMeaning, number, number][] = [
  [{ canvas: chain(give, group([give, refuse])), meaning: () => [{ failed: true }] }, 1, 0],
  [{ canvas: chain(give, group([give, give])), meaning: (n) => [{ value: [[[n]], [[n]]] }] }, 2, 0],
];

/** One of so many is redriven. */
const REDRIVEN = 4;

function countsOf(nodes: readonly NodeStatus[]): Partial<Record<NodeStatus["state"], number>> {
  const counts: Partial<Record<NodeStatus["state"], number>> = {};
  for (const { state } of nodes) counts[state] = (counts[state] ?? 0) + 1;
  return counts;
}

/** What a run comes to is what its canvas means, as plain functions say, for random canvases. */
export function randomCanvasSuite(open: () => Promise<App>, { runs }: { runs: number }): void {
  let app: App;
  beforeAll(async () => {
    app = await open();
  });
  afterAll(() => app.close());

  test(`Q6: ${runs} random canvases come to what they mean`, { timeout: 120_000 }, async () => {
    const seen = { failed: 0, succeeded: 0, redriven: 0 };
    await fc.assert(
      fc.asyncProperty(anyCanvas, anyInput, fc.nat(), async ({ canvas, meaning }, input, place) => {
        const run = await app.run(canvas as never, input as never);
        const end = await endOf(run.result({ timeoutMs: 20_000 }));
        expect(unlike(meaning(input), end)).toBeUndefined();

        const { counts, state, nodes, nodesGone } = await run.status({ nodesMax: 10_000 });
        const known = "failed" in end ? "failed" : "succeeded";
        expect(state).toBe(known);
        for (const open of ["blocked", "queued", "running", "waiting"] as const) expect(counts[open] ?? 0).toBe(0);
        seen[known]++;

        // Its past is what the log tells when it is folded again, and any place in it is one to go on from.
        expect(nodesGone).toBeUndefined();
        expect(countsOf(nodes)).toEqual(counts);
        if (place % REDRIVEN !== 0 || nodes.length === 0) return;
        const from = nodes[place % nodes.length]?.node ?? "";
        const again = await endOf((await app.redrive(run.id, { from })).result({ timeoutMs: 20_000 }));
        expect({ from, unlike: unlike(meaning(input), again) }).toEqual({ from, unlike: undefined });
        seen.redriven++;
      }),
      { numRuns: runs, examples: certain as never },
    );
    // The law would hold of nothing if the canvases were all alike.
    expect(seen.failed).toBeGreaterThan(0);
    expect(seen.succeeded).toBeGreaterThan(0);
    expect(seen.redriven).toBeGreaterThan(0);
  });
}
