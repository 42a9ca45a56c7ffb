import { createApp, chain, task } from "arpeggio";
import { BlobNotFoundError } from "@arpeggio/core";
import type { TransportProvider } from "@arpeggio/core";
import { createEmbeddedTransport } from "@arpeggio/transport-embedded";
import { expect, test } from "vitest";

const first = task("first", (n: number) => n + 1);
const second = task("second", (n: number) => n * 10);

/** The answers to who asks what the events of a run have left are lost so many times before they are read. */
function losing(left: { answers: number }): TransportProvider {
  const broker = createEmbeddedTransport();
  return {
    name: "losing",
    async open(name) {
      const transport = await broker.open(name);
      const { blobs } = transport;
      const get = (key: string) => {
        if (!key.includes("/past-") || left.answers === 0) return blobs.get(key);
        left.answers--;
        return Promise.reject(new BlobNotFoundError(key));
      };
      return { ...transport, blobs: { ...blobs, get } };
    },
  };
}

test("an answer that is lost before it is read is asked for again", async () => {
  const left = { answers: 2 };
  const app = await createApp({ transport: losing(left), tasks: [first, second] });
  const run = await app.run(chain(first, second), 1);
  expect(await run.result()).toBe(20);
  const again = await app.redrive(run.id, { from: "second" });
  expect(await again.result()).toBe(20);
  expect(left.answers).toBe(0);
  await app.close();
});

test("one that is lost time and again is said to be", async () => {
  const app = await createApp({ transport: losing({ answers: Infinity }), tasks: [first, second] });
  const run = await app.run(chain(first, second), 1);
  expect(await run.result()).toBe(20);
  await expect(app.redrive(run.id, { from: "second" })).rejects.toMatchObject({
    code: "REDRIVE_NOT_POSSIBLE",
    message: expect.stringContaining("was lost again") as string,
  });
  await app.close();
});
