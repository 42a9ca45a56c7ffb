import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { chain, group, task, type App } from "arpeggio";
import { anyCanvas, anyInput } from "@arpeggio/testing";
import type { CanvasWithMeaning } from "@arpeggio/testing";
import { endOf, unlike } from "./ends.ts";

const refuse = task("law.refuse", (value: unknown): unknown => {
  throw new Error(`refused ${String(value)}`);
});
const give = task("law.give", (value: unknown) => [value]);
/** One canvas that fails and one that does not, whatever else is drawn. */
const certain: [CanvasWithMeaning, number][] = [
  [{ canvas: chain(give, group([give, refuse])), meaning: () => [{ failed: true }] }, 1],
  [{ canvas: chain(give, group([give, give])), meaning: (n) => [{ value: [[[n]], [[n]]] }] }, 2],
];

/** What a run comes to is what its canvas means, as plain functions say, for random canvases. */
export function randomCanvasSuite(open: () => Promise<App>, { runs }: { runs: number }): void {
  let app: App;
  beforeAll(async () => {
    app = await open();
  });
  afterAll(() => app.close());

  test(`Q6: ${runs} random canvases come to what they mean`, { timeout: 120_000 }, async () => {
    const seen = { failed: 0, succeeded: 0 };
    await fc.assert(
      fc.asyncProperty(anyCanvas, anyInput, async ({ canvas, meaning }, input) => {
        const run = await app.run(canvas as never, input as never);
        const end = await endOf(run.result({ timeoutMs: 20_000 }));
        expect(unlike(meaning(input), end)).toBeUndefined();

        const { counts, state } = await run.status();
        const known = "failed" in end ? "failed" : "succeeded";
        expect(state).toBe(known);
        for (const open of ["blocked", "queued", "running", "waiting"] as const) expect(counts[open] ?? 0).toBe(0);
        seen[known]++;
      }),
      { numRuns: runs, examples: certain as never },
    );
    // The law would hold of nothing if the canvases were all alike.
    expect(seen.failed).toBeGreaterThan(0);
    expect(seen.succeeded).toBeGreaterThan(0);
  });
}
