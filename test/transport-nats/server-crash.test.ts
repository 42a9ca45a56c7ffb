import { nats } from "@arpeggio/transport-nats";
import { describe, expect, test } from "vitest";
import { natsServers, startNatsServer } from "../support/nats-server.ts";
import { condition } from "./waiting.ts";

const bytesOf = (text: string | number) => Buffer.from(String(text));
const textOf = (bytes: Uint8Array) => Buffer.from(bytes).toString();

describe.each(natsServers())("a nats-server $version that is killed and comes back", { timeout: 60_000 }, (binary) => {
  test("loses no event and keeps their order", async () => {
    await using server = await startNatsServer({ binary });
    const provider = nats({ servers: server.url });
    const writer = await provider.open("writer");
    const reader = await provider.open("reader");
    const seen: number[] = [];
    const sequences: number[] = [];
    const failures: Error[] = [];
    let total = Infinity;
    const done = condition(() => seen.length >= total);
    await reader.events.read(1, 0, {
      onMessage: ({ bytes, sequence }) => {
        seen.push(Number(textOf(bytes)));
        sequences.push(sequence);
        done.tell();
      },
      onCaughtUp: () => {},
      onError: (error) => failures.push(error),
    });

    // Writes without a pause, before, during and after each crash, so that some answers are always missing.
    const appends: Promise<void>[] = [];
    let crashes = 0;
    let crashing: Promise<void> | undefined;
    let answered = 0;
    let answeredAfterCrash = 0;
    while (crashes < 3 || answered < answeredAfterCrash + 500) {
      for (let i = 0; i < 10; i++) {
        const appended = writer.events.append(1, bytesOf(appends.length), { id: `event-${appends.length}` });
        appends.push(appended.then(() => void answered++));
      }
      if (crashes < 3 && crashing === undefined && answered >= answeredAfterCrash + 500) {
        crashing = server
          .kill()
          .then(() => server.restart())
          .then(() => {
            crashes++;
            answeredAfterCrash = answered;
            crashing = undefined;
          });
      }
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    total = appends.length;
    await Promise.all(appends);
    done.tell();
    await done.met;

    expect(failures).toEqual([]);
    expect(sequences).toEqual([...sequences].sort((a, b) => a - b));
    expect(seen).toEqual(Array.from({ length: total }, (_, i) => i));
    await writer.close();
    await reader.close();
  });

  test("goes on delivering attempts, and none is lost", async () => {
    await using server = await startNatsServer({ binary });
    const provider = nats({ servers: server.url });
    const producer = await provider.open("producer");
    const worker = await provider.open("worker");
    const total = 1_500;
    const delivered = new Set<string>();
    const done = condition(() => delivered.size === total);
    const consumer = await worker.attempts.consume("images", { inHandMax: 20, ackWaitMs: 1_000 }, (delivery) => {
      delivered.add(textOf(delivery.bytes));
      setImmediate(() => delivery.ack());
      done.tell();
    });
    const publishes: Promise<void>[] = [];
    let restarted: Promise<void> | undefined;
    for (let i = 0; i < total; i++) {
      const attempt = { queue: "images", priority: i % 10, runId: `run${i}`, id: `run${i}:0:1`, bytes: bytesOf(i) };
      publishes.push(producer.attempts.publish(attempt));
      if (i % 20 === 19) await new Promise(setImmediate);
      if (i === 400 || i === 1_000) {
        await restarted;
        await server.kill();
        restarted = server.restart();
      }
    }
    await restarted;
    await Promise.all(publishes);
    await done.met;
    expect(delivered.size).toBe(total);
    await consumer.stop();
    await producer.close();
    await worker.close();
  });

  test("answers reads and conditional writes that were waiting for it", async () => {
    await using server = await startNatsServer({ binary });
    const transport = await nats({ servers: server.url }).open("client");
    const leases = transport.bucket("partitions");
    const revision = await leases.putAt("0", bytesOf("first"), 0);

    await server.kill();
    const read = leases.get("0");
    const write = leases.putAt("0", bytesOf("second"), revision);
    const lost = leases.putAt("1", bytesOf("none"), 77);
    const subscribed = transport.bus.subscribe("live.>", () => {});
    await server.restart();

    expect(textOf((await read)?.value ?? bytesOf(""))).toMatch(/^(first|second)$/);
    expect(await write).toBeGreaterThan(revision);
    await expect(lost).rejects.toMatchObject({ code: "REVISION_MISMATCH" });
    await subscribed;
    await transport.close();
  });

  test("finds an observer again", async () => {
    await using server = await startNatsServer({ binary });
    const transport = await nats({ servers: server.url }).open("client");
    const results = transport.bucket("results");
    const keys: string[] = [];
    await results.observe("*.me", ({ key }) => keys.push(key));
    await server.kill();
    await server.restart();
    await results.put("run1.me", bytesOf(1));
    await transport.bus.flush();
    expect(keys).toContain("run1.me");
    await transport.close();
  });
});
