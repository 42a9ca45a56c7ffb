import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { chain, group, task, type App } from "arpeggio";
import { anyCanvas, anyJson } from "./any-canvas.ts";
import { evaluateCanvas } from "./reference-evaluator.ts";

const refuse = task("law.refuse", (value: unknown): unknown => {
  throw new Error(`refused ${String(value)}`);
});
const give = task("law.give", (value: unknown) => [value]);
/** One canvas that fails and one that does not, whatever else is drawn. */
const certain: [typeof refuse, number][] = [
  [chain(give, group([give, refuse])) as never, 1],
  [chain(give, group([give, give])) as never, 2],
];

/** The same value, or a failure, from the engine and from a plain recursive evaluator, for random canvases. */
export function randomCanvasSuite(open: () => Promise<App>, { runs }: { runs: number }): void {
  let app: App;
  beforeAll(async () => {
    app = await open();
  });
  afterAll(() => app.close());

  test(`${runs} random canvases mean what the reference evaluator says`, { timeout: 120_000 }, async () => {
    const seen = { failed: 0, succeeded: 0 };
    await fc.assert(
      fc.asyncProperty(anyCanvas, anyJson, async (canvas, input) => {
        const expected = await outcomeOf(() => evaluateCanvas(canvas as never, input));
        const run = await app.run(canvas, input);
        expect(await outcomeOf(() => run.result({ timeoutMs: 20_000 }))).toEqual(expected);

        const { counts, state } = await run.status();
        expect(state).toBe(expected === FAILED ? "failed" : "succeeded");
        for (const open of ["blocked", "queued", "running", "waiting"] as const) expect(counts[open] ?? 0).toBe(0);
        seen[expected === FAILED ? "failed" : "succeeded"]++;
      }),
      { numRuns: runs, examples: certain as never },
    );
    // The law would hold of nothing if the canvases were all alike.
    expect(seen.failed).toBeGreaterThan(0);
    expect(seen.succeeded).toBeGreaterThan(0);
  });
}

const FAILED = "failed";

async function outcomeOf(evaluate: () => Promise<unknown>): Promise<unknown> {
  try {
    return { value: comparable(await evaluate()) };
  } catch (error) {
    if ((error as { code?: string }).code === "RESULT_TIMED_OUT") throw error;
    return FAILED;
  }
}

/** As the wire has it (no -0, no undefined), and without what an error carries beside its message. */
function comparable(value: unknown): unknown {
  const text = JSON.stringify(value ?? null, (key, inner: unknown) => (key === "error" ? "an error" : inner));
  return JSON.parse(text);
}
