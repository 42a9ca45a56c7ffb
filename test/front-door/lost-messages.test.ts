import type { KeyValue, MessageBus, Transport, TransportProvider } from "@arpeggio/core";
import { chain, createApp, embedded, task, type AnyLocalTask, type RunUpdate } from "arpeggio";
import { expect, test } from "vitest";

const increment = task("increment", (n: number) => n + 1);

/** Everything that is told at most once, told never: as if the connection broke at the wrong moment each time. */
function deaf(transport: Transport): Transport {
  const observe: KeyValue["observe"] = async () => ({ stop: async () => {} });
  const subscribe: MessageBus["subscribe"] = async () => ({ stop: async () => {} });
  return replaced(transport, {
    bucket: (name: Parameters<Transport["bucket"]>[0]) => replaced(transport.bucket(name), { observe }),
    bus: replaced(transport.bus, { subscribe }),
  });
}

/** Every question is heard, and its answer is not: `onHeard` is called for each. */
function unanswered(transport: Transport, onHeard: () => void): Transport {
  const request: MessageBus["request"] = async (subject, message, timeoutMs) => {
    await transport.bus.request(subject, message, timeoutMs).finally(onHeard);
    return new Promise<never>(() => {}); // on its way for ever
  };
  return replaced(transport, { bus: replaced(transport.bus, { request }) });
}

/** `target` with other members; methods of it are called on itself. */
function replaced<T extends object>(target: T, members: object): T {
  return new Proxy(target, {
    get: (_, key) => {
      if (Object.hasOwn(members, key)) return Reflect.get(members, key) as unknown;
      const value = Reflect.get(target, key) as unknown;
      return typeof value === "function" ? (value.bind(target) as unknown) : value;
    },
  });
}

async function open(impaired: (transport: Transport) => Transport, tasks: readonly AnyLocalTask[]) {
  const transport = embedded();
  const listening: TransportProvider = { name: "impaired", open: async (name) => impaired(await transport.open(name)) };
  const others = await createApp({ transport, roles: ["coordinator", "worker"], tasks });
  const service = await createApp({ transport: listening, roles: ["client"] });
  return { others, service };
}

test("a result that is not announced is found all the same", async () => {
  const { others, service } = await open(deaf, [increment]);
  const runs = await Promise.all(Array.from({ length: 300 }, (_, i) => service.run(increment, i)));
  expect(await Promise.all(runs.map((run) => run.result()))).toEqual(Array.from({ length: 300 }, (_, i) => i + 1));
  await service.close();
  await others.close();
});

test("cancel and events of a run end, although nothing is heard of it", async () => {
  const { others, service } = await open(deaf, [increment]);
  const missing = task("missing", (n: number) => n);
  const cancelled = await service.run(missing, 1);
  expect(await cancelled.cancel()).toBe("cancelled");
  const run = await service.run(increment, 1);
  const updates: RunUpdate[] = [];
  for await (const update of run.events()) updates.push(update);
  expect(updates[0]).toMatchObject({ type: "snapshot" });
  expect(updates.at(-1)).toEqual({ type: "ended", state: "succeeded" });
  await service.close();
  await others.close();
});

test("a run whose end is the first that one hears of it is not told as if it went on", async () => {
  let go = () => {};
  const isFollowed = new Promise<void>((resolve) => (go = resolve));
  const work = task("work", async (n: number, { log }) => {
    await isFollowed;
    log("done");
    return n + 1;
  });
  const { others, service } = await open((transport) => unanswered(transport, go), [work, increment]);
  const run = await service.run(chain(work, increment), 1);
  const updates: RunUpdate[] = [];
  for await (const update of run.events()) updates.push(update);
  expect(updates).toMatchObject([
    { type: "snapshot", status: { state: "succeeded" } },
    { type: "log", node: "work", message: "done" },
    { type: "ended", state: "succeeded" },
  ]);
  await service.close();
  await others.close();
});
