import { setImmediate } from "node:timers/promises";
import { createClient } from "@arpeggio/client";
import { createCoordinator } from "@arpeggio/coordinator";
import { chain, compile, task } from "@arpeggio/core";
import type { AnyCanvas, AnyLocalTask, Transport } from "@arpeggio/core";
import { createEmbeddedTransport, manualClock } from "@arpeggio/transport-embedded";
import { createWorker } from "@arpeggio/worker";
import { expect, test } from "vitest";

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const LEASE_MS = 1_000;
const increment = task("increment", (n: number): number => n + 1);
const inner = chain(increment, increment);
const replaced = task("replaced", (n: number, ctx) => ctx.replaceWith(inner, n));
const grow = task("grow", (text: string): string => text + text);

/** Client, coordinator and worker on a clock that the test moves; `inlineBytesMax` is small, so that values lie in blobs. */
async function open() {
  const clock = manualClock(1_000_000);
  const broker = createEmbeddedTransport({ clock, inlineBytesMax: 100 });
  const transport = await broker.open("test");
  const tasks: readonly AnyLocalTask[] = [increment, replaced, grow];
  const worker = createWorker({ transport: await broker.open("worker"), tasks, log: silent });
  const coordinatorOf = async (name: string) => {
    const own = await broker.open(name);
    const it = createCoordinator({ transport: own, name, leaseMs: LEASE_MS, log: silent });
    return { own, it };
  };
  let coordinator = await coordinatorOf("first");
  const client = await createClient({ transport: await broker.open("client") });
  const done = async <T>(promise: Promise<T>): Promise<T> => {
    let isDone = false;
    const note = () => void (isDone = true);
    promise.then(note, note);
    for (let turn = 0; turn < 20_000 && !isDone; turn++) {
      await setImmediate();
      clock.advance(20);
    }
    if (!isDone) throw new Error("nothing comes");
    return promise;
  };
  await done(Promise.all([coordinator.it.start(), worker.start()]));
  return {
    clock,
    transport,
    client,
    done,
    /** Graphs that a coordinator has in memory it does not read again. */
    replaceCoordinator: async (): Promise<void> => {
      await coordinator.own.close();
      coordinator = await coordinatorOf("second");
      await done(coordinator.it.start());
    },
    resultOf: async (canvas: AnyCanvas, input: unknown) =>
      done(
        (client.run as (canvas: AnyCanvas, input: unknown) => ReturnType<typeof client.run>)(canvas, input).then(
          (run) => run.result(),
        ),
      ),
  };
}

const lose = (transport: Transport, canvas: AnyCanvas) => transport.bucket("graphs").delete(compile(canvas).hash);

test("a run whose graph is lost fails and says so, and the same client starts the next one well", async () => {
  const { transport, resultOf, replaceCoordinator } = await open();
  const canvas = chain(increment, increment);
  expect(await resultOf(canvas, 1)).toBe(3);
  await lose(transport, canvas);
  await replaceCoordinator();
  await expect(resultOf(canvas, 1)).rejects.toMatchObject({ failure: { code: "GRAPH_NOT_FOUND" } });
  expect(await resultOf(canvas, 1)).toBe(3);
});

test("a client that is told of no failure stores a graph again after a minute", async () => {
  const { clock, transport, client, done, resultOf, replaceCoordinator } = await open();
  const canvas = chain(increment, increment);
  expect(await resultOf(canvas, 1)).toBe(3);
  await lose(transport, canvas);
  await replaceCoordinator();
  await done(client.run(canvas, 1));
  clock.advance(60_000);
  expect(await resultOf(canvas, 1)).toBe(3);
});

test("so does a worker with the graph of what takes a task's place", async () => {
  const { clock, transport, resultOf, replaceCoordinator } = await open();
  expect(await resultOf(replaced, 1)).toBe(3);
  await lose(transport, inner);
  await replaceCoordinator();
  await expect(resultOf(replaced, 1)).rejects.toMatchObject({ failure: { code: "GRAPH_NOT_FOUND", node: "replaced" } });
  clock.advance(60_000);
  expect(await resultOf(replaced, 1)).toBe(3);
});

test("an id whose input is lost is taken for one with another input, and goes on for who starts it as before", async () => {
  const { transport, client, done } = await open();
  const text = "x".repeat(200);
  const first = await done(client.run(grow, text, { id: "chosen" }));
  expect(await done(first.result())).toBe(text + text);
  const keys: string[] = [];
  for await (const key of transport.blobs.list("chosen/input-")) keys.push(key);
  expect(keys).toHaveLength(1);
  await transport.blobs.delete(keys[0] as string);
  await expect(done(client.run(grow, "y".repeat(200), { id: "chosen" }))).rejects.toMatchObject({
    code: "RUN_ID_TAKEN",
  });
  const again = await done(client.run(grow, text, { id: "chosen" }));
  expect(await done(again.result())).toBe(text + text);
});
