import { setImmediate } from "node:timers/promises";
import { encodeAttempt, encodePayload } from "@arpeggio/core";
import type { AttemptQueues, Delivery } from "@arpeggio/core";
import { createEmbeddedTransport } from "@arpeggio/transport-embedded";
import { beforeEach, expect, test } from "vitest";
import { idOf } from "./broker.ts";
import { gathered } from "./gathered.ts";
import { ReturnedAttempts } from "./returned-attempts.ts";

const COUNT = 40;
const nodes = Array.from({ length: COUNT }, (_, node) => node);

let nowMs: number;
let returned: ReturnedAttempts;
let queues: AttemptQueues;
let delivered: Delivery[];

/** All of them are published at 1,000 and acknowledged at 2,000. */
beforeEach(async () => {
  nowMs = 1_000;
  returned = new ReturnedAttempts(() => nowMs, idOf);
  queues = returned.of((await createEmbeddedTransport({}).open("test")).attempts);
  delivered = [];
  for (const node of nodes) {
    const input = { kind: "value", payload: encodePayload(1) } as const;
    const bytes = encodeAttempt({ run: "r", partition: 0, node, nodePath: "t", attempt: 1, task: "t", input });
    await queues.publish({ queue: "q", priority: 5, runId: "r", id: `r:${node}:1`, bytes });
  }
  await queues.consume("q", { inHandMax: 100, ackWaitMs: 60_000 }, (delivery) => delivered.push(delivery));
  await setImmediate();
  nowMs = 2_000;
  for (const delivery of delivered) {
    delivery.ack();
    returned.acknowledged(delivery, "q");
  }
});

const stored = () => gathered(queues.stored({ runId: "r" }));

test("some of what was acknowledged last is stored again, and handed to nobody, until it is discarded", async () => {
  expect(await stored()).toEqual([]);
  const ids = returned.restart();
  await setImmediate();
  expect(ids.size).toBeGreaterThan(0);
  expect(ids.size).toBeLessThan(COUNT);
  expect(delivered).toHaveLength(COUNT);
  const found = await stored();
  expect(new Set(found.map(({ bytes }) => idOf(bytes)))).toEqual(ids);
  expect(found.every(({ isPassed }) => isPassed === true)).toBe(true);
  await queues.discard("q", "another");
  expect(await stored()).toHaveLength(ids.size);
  await queues.discard("q", "r");
  expect(await stored()).toEqual([]);
});

test("nothing comes back that was acknowledged long ago, or published after what is kept", () => {
  expect(returned.restart(999).size).toBe(0);
  for (const delivery of delivered) returned.acknowledged(delivery, "q");
  nowMs += 11_000;
  expect(returned.restart().size).toBe(0);
});
