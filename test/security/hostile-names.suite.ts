import { isArpeggioError } from "@arpeggio/core";
import type { Transport } from "@arpeggio/core";
import { afterAll, beforeAll, expect, test } from "vitest";

/** Values that would mean something else, or break the protocol, if they stood in a subject, key or header. */
export const hostileNames = [
  "",
  "*",
  ">",
  "a.*",
  "a.>",
  ".a",
  "a.",
  "a..b",
  "../x",
  "a/b",
  "a b",
  "a\tb",
  "a\r\nPUB arp.ev.0.client 0\r\n\r\n",
  "a\r\nNats-Rollup: all",
  // Each of these becomes a line break where only its low byte is kept.
  "a\u010d\u010aNats-Rollup: all",
  "a\0b",
  "ä",
  "🙂",
  "$SYS.REQ",
  "x".repeat(10_000),
] as const;

const bytes = new TextEncoder().encode("x");
const reader = { onMessage: () => {}, onCaughtUp: () => {}, onError: () => {} };

type Act = (transport: Transport, name: string) => unknown;

/** What takes one name, where a dot is as wrong as all the rest. */
const named: Readonly<Record<string, Act>> = {
  "claimed key": ({ events }, name) => events.claim(0, name, bytes),
  "queue of an attempt": ({ attempts }, queue) =>
    attempts.publish({ queue, priority: 5, runId: "r", id: "hostile-1", bytes }),
  "run of an attempt": ({ attempts }, runId) =>
    attempts.publish({ queue: "q", priority: 5, runId, id: "hostile-2", bytes }),
  "queue to read": ({ attempts }, queue) => attempts.consume(queue, { inHandMax: 1, ackWaitMs: 1_000 }, () => {}),
  "queue to discard in": ({ attempts }, queue) => attempts.discard(queue, "r"),
  "run to discard": ({ attempts }, run) => attempts.discard("q", run),
};

const keyed: Readonly<Record<string, Act>> = {
  "key to get": (transport, key) => transport.bucket("results").get(key),
  "key to put": (transport, key) => transport.bucket("results").put(key, bytes),
  "key to put at a revision": (transport, key) => transport.bucket("partitions").putAt(key, bytes, 0),
  "key to delete": (transport, key) => transport.bucket("runs").delete(key),
  "bus subject": ({ bus }, subject) => bus.publish(subject, bytes),
  "bus subject of a request": ({ bus }, subject) => bus.request(subject, bytes, 100),
};

/** `*` and a last `>` are what patterns are for. */
const patterned: Readonly<Record<string, Act>> = {
  "pattern of the newest": (transport, pattern) => transport.bucket("results").newest(pattern),
  "pattern to observe": (transport, pattern) => transport.bucket("results").observe(pattern, () => {}),
  "pattern of entries": async (transport, pattern) => {
    for await (const { key } of transport.bucket("workers").entries(pattern)) expect.unreachable(key);
  },
  "bus pattern": ({ bus }, pattern) => bus.subscribe(pattern, () => {}),
};

export function hostileNamesSuite(open: () => Promise<Transport>): void {
  let transport: Transport;
  beforeAll(async () => {
    transport = await open();
  });
  afterAll(() => transport.close());

  /** The names that are not refused, or not shortly. */
  async function takenBy(act: Act, names: readonly string[]): Promise<readonly string[]> {
    const taken: string[] = [];
    for (const name of names) {
      const error: unknown = await Promise.resolve()
        .then(() => act(transport, name))
        .then(
          () => undefined,
          (thrown: unknown) => thrown,
        );
      const isRefused = isArpeggioError(error) && error.code === "NAME_INVALID" && error.message.length < 400;
      if (!isRefused) taken.push(name.slice(0, 40));
    }
    return taken;
  }

  test.each(Object.entries(named))("%s", async (_what, act) => {
    expect(await takenBy(act, [...hostileNames, "a.b"])).toEqual([]);
  });

  test.each(Object.entries(keyed))("%s", async (_what, act) => {
    expect(await takenBy(act, hostileNames)).toEqual([]);
  });

  test.each(Object.entries(patterned))("%s", async (_what, act) => {
    const names = hostileNames.filter((name) => !/^(\*|>|a\.\*|a\.>)$/.test(name));
    expect(await takenBy(act, names)).toEqual([]);
  });

  test("a blob's key may be any text of up to 1,000 bytes, and stays one key", async () => {
    const keys = hostileNames.filter((key) => key !== "" && key.length <= 1_000);
    for (const key of keys) await transport.blobs.put(key, new TextEncoder().encode(key));
    const listed: string[] = [];
    for await (const key of transport.blobs.list("")) listed.push(key);
    expect(listed.toSorted()).toEqual(keys.toSorted());
    for (const key of keys) expect(Buffer.from(await transport.blobs.get(key)).toString()).toBe(key);
    for (const key of keys) await transport.blobs.delete(key);
  });

  test("after all of them, the transport works and has stored nothing", async () => {
    for await (const { messageId } of transport.attempts.stored({})) expect.unreachable(messageId);
    for await (const { key } of transport.bucket("results").entries(">")) expect.unreachable(key);
    let count = 0;
    await new Promise<void>((resolve, reject) => {
      const counting = { ...reader, onMessage: () => void count++, onCaughtUp: resolve, onError: reject };
      transport.events.read(0, 0, counting).catch(reject);
    });
    expect(count).toBe(0);
  });
}
