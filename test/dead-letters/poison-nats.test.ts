import { fileURLToPath } from "node:url";
import { createClient } from "@arpeggio/client";
import { createCoordinator } from "@arpeggio/coordinator";
import { decodeAttempt, mapSettled, task } from "@arpeggio/core";
import { nats } from "@arpeggio/transport-nats";
import { expect, test } from "vitest";
import { startNatsServer } from "../support/nats-server.ts";
import { startNode } from "../support/process.ts";

const script = fileURLToPath(new URL("scripts/deadly-worker.mjs", import.meta.url));
const deadly = task("deadly", (n: number): number => n);
const harmless = task("harmless", (n: number): number => n + 1);

test("an attempt that kills its workers fails its node, is set aside, and leaves the others alone", async () => {
  await using server = await startNatsServer();
  const transport = await nats({ servers: server.url }).open("test");
  const coordinator = createCoordinator({ transport });
  await coordinator.start();
  const client = await createClient({ transport });
  let isOver = false;
  let deaths = 0;
  let finish = (): void => {};
  const over = new Promise<undefined>((resolve) => (finish = () => resolve(undefined)));
  /** Comes back whenever it has died, as a supervisor would see to. */
  const workers = (async () => {
    while (!isOver) {
      await using worker = startNode(script, [server.url]);
      const end = Promise.race([worker.ended, over]);
      if ((await end)?.signal === "SIGKILL") deaths++;
    }
  })();
  const poisoned = await client.run(deadly, 1);
  const settled = await client.run(mapSettled(deadly), [1]);
  const others = await Promise.all([1, 2, 3].map((n) => client.run(harmless, n)));
  await expect(poisoned.result()).rejects.toMatchObject({ failure: { code: "TASK_POISONED", node: "deadly" } });
  expect(await settled.result()).toMatchObject([{ ok: false, error: { code: "TASK_POISONED" } }]);
  expect(await Promise.all(others.map((run) => run.result()))).toEqual([2, 3, 4]);
  // Two deliveries that count, and the one under guard; both may have been in the same hands.
  expect(deaths).toBeGreaterThanOrEqual(3);

  const letters = await client.deadLetters.list({ code: "TASK_POISONED" });
  expect(letters.map(({ id }) => id).sort()).toEqual(
    [`attempts.${poisoned.id}.0-1`, `attempts.${settled.id}.1-1`].sort(),
  );
  const letter = await client.deadLetters.show(`attempts.${poisoned.id}.0-1`);
  expect(letter).toMatchObject({
    source: "attempts",
    queue: "default",
    message: expect.stringMatching(/'deadly'.*3|4/),
  });
  expect(decodeAttempt(letter.bytes)).toMatchObject({ run: poisoned.id, task: "deadly", attempt: 1 });
  await expect(client.deadLetters.requeue(letter.id)).rejects.toThrow(`run ${poisoned.id} has ended (failed)`);
  await client.deadLetters.drop(letter.id);
  expect(await client.deadLetters.list({ code: "TASK_POISONED" })).toHaveLength(1);
  expect(coordinator.stats().repaired).toBe(0);

  isOver = true;
  finish();
  await workers;
  await client.close();
  await coordinator.stop();
  await transport.close();
}, 90_000);
