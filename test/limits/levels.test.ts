import { join } from "node:path";
import { createApp, nats, signal, t, task } from "arpeggio";
import { expect, test } from "vitest";
import { startNatsServer } from "../support/nats-server.ts";
import { startProcess } from "../support/process.ts";
import { shapes } from "./shapes.mjs";

const LEVELS = 1_000;

test("a thousand levels are planned, and go on where they failed", { timeout: 60_000 }, async () => {
  let isBroken = true;
  const inmost = task("shape.inmost", { retry: { attempts: 1 } }, (n: number) => {
    if (isBroken) throw new TypeError("broken");
    return n + 1;
  });
  // What settles or recovers would take the failure for a value.
  const kinds = ["maps", "named", "loops", "choices", "branches"];
  const { canvas, input, expected } = shapes.levels(LEVELS, { inmost, kinds });
  await using app = await createApp();
  const plan = await app.plan(canvas, input);
  expect([plan.depth, plan.criticalPath.length, plan.nodes]).toEqual([LEVELS + 1, LEVELS + 1, 2 * LEVELS + 1]);

  const run = await app.run(canvas, input);
  await expect(run.result()).rejects.toMatchObject({ code: "RUN_FAILED" });
  isBroken = false;
  expect(await (await app.redrive(run.id)).result()).toBe(expected);
});

test("a run of a thousand levels waits on NATS, and goes on after a restart", { timeout: 60_000 }, async () => {
  await using server = await startNatsServer();
  const open = () => createApp({ transport: nats({ servers: server.url }) });
  const { canvas, input } = shapes.levels(LEVELS, { inmost: signal("answer", t.int()) });
  let id: string;
  {
    await using app = await open();
    const run = await app.run(canvas, input);
    ({ id } = run);
    const counts = async () => (await run.status({ nodesMax: 20 })).counts;
    await expect.poll(counts, { timeout: 30_000 }).toMatchObject({ succeeded: LEVELS });
  }
  await using app = await open();
  const run = app.attach(id);
  await run.signal("answer", 42);
  expect(await run.result()).toBe(42);
});

// A thread, or a process that was started so, has half of the usual stack.
test(
  "no level takes stack: a thousand fit on a small one, and endless ones are refused there",
  { timeout: 60_000 },
  async () => {
    const script = join(import.meta.dirname, "small-stack.mjs");
    await using child = startProcess(process.execPath, ["--stack-size=400", script, String(LEVELS)]);
    expect(await child.ended).toEqual({ code: 0, signal: null });
    expect(child.stdout).toBe("all as it must be\n");
  },
);
