import type { Delivery, Transport } from "@arpeggio/core";
import { nats } from "@arpeggio/transport-nats";
import { describe, expect, test } from "vitest";
import { natsServers, startNatsServer } from "../support/nats-server.ts";
import { condition } from "./waiting.ts";

const ackWaitMs = 1_000;

describe.each(natsServers())("a queue on nats-server $version", { timeout: 30_000 }, (binary) => {
  test.concurrent.for([
    { count: 100, bytes: 10 },
    // They fill whole blocks of the stream, which go with them: then old servers do not list what is gone.
    { count: 200, bytes: 100_000 },
  ])(
    "goes on when $count attempts of $bytes bytes are discarded that a worker had in hand when it died",
    async ({ count, bytes }, { onTestFinished }) => {
      await using server = await startNatsServer({ binary });
      const provider = nats({ servers: server.url });
      const dying = await provider.open("dying");
      const living = await provider.open("living");
      onTestFinished(() => living.close());
      const taken = inHand();
      onTestFinished(taken.letGo);
      await taken.consume(dying);
      // It stays in hand to the end, and keeps the stream's beginning before those that are gone.
      await publish(living, "first");
      await Promise.all(Array.from({ length: count }, (_, i) => publish(living, "over", i, bytes)));
      await publish(living, "last");
      await taken.has("first", "last");
      await dying.close();
      await living.attempts.discard("q", "over");

      const kept = inHand();
      onTestFinished(kept.letGo);
      await kept.consume(living);
      await kept.has("first", "last");
      await publish(living, "new");
      await kept.has("first", "last", "new");
      expect(kept.runs().sort()).toEqual(["first", "last", "new"]);
    },
  );
});

function publish(transport: Transport, runId: string, number = 0, bytes = 10): Promise<void> {
  const id = `${runId}:${number}:1`;
  return transport.attempts.publish({ queue: "q", priority: 5, runId, id, bytes: new Uint8Array(bytes) });
}

/** Takes deliveries and keeps them, with heartbeats. */
function inHand() {
  const deliveries = new Map<string, Delivery>();
  let tell = () => {};
  const heartbeat = setInterval(() => {
    for (const delivery of deliveries.values()) delivery.extend();
  }, ackWaitMs / 4);
  const runs = () => Array.from(deliveries.values(), ({ runId }) => runId);
  return {
    runs,
    consume: (transport: Transport) =>
      transport.attempts.consume("q", { inHandMax: 1_000, ackWaitMs }, (delivery) => {
        deliveries.set(`${delivery.runId} ${delivery.messageId}`, delivery);
        tell();
      }),
    has: (...wanted: readonly string[]): Promise<void> => {
      const arrived = condition(() => wanted.every((run) => runs().includes(run)));
      tell = () => arrived.tell();
      tell();
      return arrived.met;
    },
    letGo: () => clearInterval(heartbeat),
  };
}
