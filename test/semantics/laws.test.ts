import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { chain, createApp, type App } from "arpeggio";
import { anyCanvas, anyInput, simulate } from "@arpeggio/testing";
import type { CanvasEnd, CanvasWithMeaning, Faults, SimulationReport } from "@arpeggio/testing";
import { all, calls, each, id, inOrder, join, noted, plus, seq, times, tsum } from "./cases/vocabulary.ts";
import type { Any } from "./cases/vocabulary.ts";
import { unlike } from "./ends.ts";
import { watchedTransport } from "./watched-transport.ts";

let app: App;
beforeAll(async () => {
  app = await createApp();
});
afterAll(() => app.close());

const endIn = ({ state, value }: SimulationReport<unknown>): CanvasEnd =>
  state === "succeeded" ? { value } : { failed: true };

interface Course {
  readonly seed: number;
  readonly faults?: Partial<Faults>;
  readonly taskMs?: readonly [number, number];
}

function inAWorld({ canvas }: CanvasWithMeaning, input: unknown, course: Course): Promise<SimulationReport<unknown>> {
  return simulate(canvas as Any, input, { faults: {}, ...course });
}

test("Q1, Q3: whatever goes wrong, a run ends, and what has ended stays as it is", { timeout: 60_000 }, async () => {
  // The simulation looks for both after every event, and throws where they do not hold.
  const law = fc.asyncProperty(anyCanvas, anyInput, fc.nat(), async (drawn, input, seed) => {
    const faults = { crash: 0.01, drop: 0.1, loss: 0.05, delay: 0.05, pause: 0.005 };
    const report = await inAWorld(drawn, input, { seed, faults, taskMs: [0, 500] });
    expect(unlike(drawn.meaning(input), endIn(report))).toBeUndefined();
  });
  await fc.assert(law, { numRuns: 40 });
});

test("Q2: repeated, lost and late messages have nothing released twice", { timeout: 60_000 }, async () => {
  let repeated = 0;
  const law = fc.asyncProperty(anyCanvas, anyInput, fc.nat(), async (drawn, input, seed) => {
    const faults = { duplicate: 0.5, drop: 0.2, loss: 0.1, crash: 0.005, delay: 0.1 };
    const report = await inAWorld(drawn, input, { seed, faults });
    expect(unlike(drawn.meaning(input), endIn(report))).toBeUndefined();
    // The key begins with run, node number and attempt. A node that was released twice would be executed under two keys, or under two numbers.
    const keys = new Map<string, Set<string>>();
    for (const { node, attempt, idempotencyKey } of report.executions) {
      const known = keys.get(`${node} ${attempt}`) ?? new Set();
      keys.set(`${node} ${attempt}`, known.add(idempotencyKey.split("/").slice(0, 3).join("/")));
    }
    for (const known of keys.values()) expect(known.size).toBe(1);
    repeated += report.executions.length - keys.size;
  });
  await fc.assert(law, { numRuns: 40 });
  expect(repeated).toBeGreaterThan(0);
});

test("Q4: in which order siblings end makes no difference to the result", { timeout: 60_000 }, async () => {
  const law = fc.asyncProperty(
    anyCanvas,
    anyInput,
    fc.array(fc.nat(), { minLength: 3, maxLength: 3 }),
    async (drawn, input, seeds) => {
      const ends = drawn.meaning(input);
      for (const seed of seeds)
        expect(unlike(ends, endIn(await inAWorld(drawn, input, { seed, taskMs: [0, 5_000] })))).toBeUndefined();
    },
  );
  await fc.assert(law, { numRuns: 50 });
});

test("Q5: what is stored and sent grows with the canvas, and no faster", { timeout: 60_000 }, async () => {
  const shapes: Readonly<Record<string, (size: number) => Any>> = {
    chain: (size) => seq(id(0), ...times(size, () => plus(1))),
    join: (size) => join(times(size, id), tsum),
    map: (size) => seq(id(times(size, (i) => i)), each(plus(1)), tsum),
    "joins in a row": (size) => seq(...times(size / 10, () => join(times(10, id), tsum))),
    "groups in groups": (size) => times(size / 10, () => 0).reduce((inner) => all(id(1), inner), all(...times(9, id))),
  };
  for (const [shape, of] of Object.entries(shapes)) {
    const [small, large] = [await costOf(of(200)), await costOf(of(800))];
    expect(`${shape}: ${large.messages < small.messages * 4 * 1.5}`).toBe(`${shape}: true`);
    expect(`${shape}: ${large.bytes < small.bytes * 4 * 1.5}`).toBe(`${shape}: true`);
  }
});

async function costOf(canvas: Any): Promise<{ messages: number; bytes: number }> {
  const { transport, cost } = watchedTransport();
  const own = await createApp({ transport });
  try {
    await (await own.run(canvas, null)).result();
    return { ...cost };
  } finally {
    await own.close();
  }
}

test("Q8: after a cancel is acknowledged, nothing of the run begins", { timeout: 60_000 }, async () => {
  const runs: { readonly id: string; readonly begun: number }[] = [];
  const pause = noted("pause", async (value: unknown) => {
    await new Promise((resolve) => setImmediate(resolve));
    return value;
  });
  const law = fc.asyncProperty(
    anyCanvas,
    anyInput,
    fc.integer({ min: 0, max: 12 }),
    async ({ canvas }, input, turns) => {
      const drawn = canvas as Any;
      const run = await app.run(chain(pause, pause, all(drawn, pause), pause, all(drawn, pause)) as Any, input);
      for (let i = 0; i < turns; i++) await new Promise((resolve) => setImmediate(resolve));
      const state = await run.cancel();
      runs.push({ id: run.id, begun: inOrder(run).length });
      const { counts } = await run.status();
      for (const open of ["blocked", "queued", "running", "waiting"] as const) expect(counts[open] ?? 0).toBe(0);
      expect((await run.status()).state).toBe(state);
    },
  );
  await fc.assert(law, { numRuns: 60 });
  // Other runs come and go meanwhile; none of the cancelled ones has begun anything since.
  for (const run of runs) expect(inOrder(run)).toHaveLength(run.begun);
  expect(calls(runs[0] as { id: string }, "pause")).toBeLessThanOrEqual(5);
});
