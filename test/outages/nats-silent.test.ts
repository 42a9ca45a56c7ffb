import { readdirSync, readFileSync } from "node:fs";
import { createClient } from "@arpeggio/client";
import { createCoordinator } from "@arpeggio/coordinator";
import { task } from "@arpeggio/core";
import { nats } from "@arpeggio/transport-nats";
import { createWorker } from "@arpeggio/worker";
import { expect, test } from "vitest";
import { newestNatsServer, startNatsServer } from "../support/nats-server.ts";
import { waitUntil } from "./waiting.ts";

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const ANSWER_MS = 1_000;

/** Whether every thread of a process stands still: a signal takes effect a moment after it was sent. */
function isStopped(pid: number): boolean {
  const threads = readdirSync(`/proc/${pid}/task`);
  return threads.every((thread) => / T /.test(readFileSync(`/proc/${pid}/task/${thread}/stat`, "latin1")));
}

test("a server that is there and does not answer fails new starts with the reason, and loses no run under way", async () => {
  await using server = await startNatsServer({ binary: newestNatsServer() });
  const opened = nats({ servers: server.url, partitions: 1, answerTimeoutMs: ANSWER_MS });
  const transport = await opened.open("engine");
  const client = await createClient({ transport: await opened.open("client") });
  const gate = { isOpen: false };
  let calls = 0;
  const step = task("step", async (n: number): Promise<number> => {
    calls++;
    await waitUntil(() => gate.isOpen);
    return n + 1;
  });
  const warnings: string[] = [];
  const log = {
    ...silent,
    warn: (message: string, error?: unknown) => void warnings.push(`${message} ${String(error)}`),
  };
  const coordinator = createCoordinator({ transport, log });
  const worker = createWorker({ transport, tasks: [step], log: silent });
  await Promise.all([coordinator.start(), worker.start()]);
  const before = await client.run(step, 1);
  await waitUntil(() => calls === 1);

  // As after a disk that was full: connections stay open, and nothing that is to be stored is answered.
  server.pause();
  await waitUntil(() => isStopped(server.pid));
  gate.isOpen = true;
  const refused = await client.run(step, 10, { id: "mine" }).catch((error: unknown) => error);
  expect(refused).toMatchObject({ code: "STREAM_UNAVAILABLE", hint: expect.stringContaining("disk full") });
  await waitUntil(() => warnings.some((warning) => warning.includes("nothing on the server has answered")));
  server.resume();

  expect(await before.result({ timeoutMs: 20_000 })).toBe(2);
  // The start that failed may have been stored. With its id it is one run either way.
  const again = await client.run(step, 10, { id: "mine" });
  expect(await again.result({ timeoutMs: 20_000 })).toBe(11);
  expect(calls).toBe(2);
  await worker.stop();
  await coordinator.stop();
  await client.close();
  await transport.close();
});
