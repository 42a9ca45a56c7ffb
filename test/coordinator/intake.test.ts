import { task } from "@arpeggio/core";
import type { Transport } from "@arpeggio/core";
import { expect, test } from "vitest";
import { createOn, gate, withBucket, withEvents } from "./faulty.ts";
import { World } from "./world.ts";

const lengthOf = task("lengthOf", (text: string): number => text.length);

const RUNS = 200;
const TEXT = "x".repeat(100_000);

test.each([true, false])(
  "while a graph cannot be read, what comes after it stays in the log, and nothing of it is lost (live: %s)",
  async (isLive) => {
    await using world = await World.open();
    const graphs = gate();
    let taken = 0;
    const change = (transport: Transport) => ({
      ...withBucket(transport, "graphs", {
        get: async (key) => {
          await graphs.opened;
          return transport.bucket("graphs").get(key);
        },
      }),
      ...withEvents(transport, {
        read: (partition, from, reader, seen) => {
          const onMessage: typeof reader.onMessage = (message) => {
            taken++;
            reader.onMessage(message);
          };
          return transport.events.read(partition, from, { ...reader, onMessage }, seen);
        },
      }),
    });
    const { it } = await createOn(world, change);
    if (isLive) await it.start();
    for (let i = 0; i < RUNS; i++) await world.start(`r${i}`, lengthOf, TEXT);
    const started = isLive ? Promise.resolve() : it.start();
    // 8 MiB of them, and the one that is waited for.
    await world.until(() => taken >= 84);
    const atMs = world.clock.now();
    await world.until(() => world.clock.now() > atMs + 1_000);
    expect(taken).toBe(84 + 1);

    graphs.open();
    await started;
    await world.worker((text) => (text as string).length);
    for (let i = 0; i < RUNS; i++) expect(await world.valueOf(`r${i}`)).toBe(TEXT.length);
    // Each start and each success was folded once; a fence may be among the others.
    const { events, ignored } = it.stats();
    expect(events - ignored).toBe(2 * RUNS);
    expect(it.stats()).toMatchObject({ dispatches: RUNS, runs: 0 });
  },
);
