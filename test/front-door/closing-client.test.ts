import { createClient } from "@arpeggio/client";
import { task } from "@arpeggio/core";
import { createEmbeddedTransport } from "@arpeggio/transport-embedded";
import { expect, test } from "vitest";

const echo = task("echo", (input: unknown) => input);

test("a start that is being made ready when the client is closed says so", async () => {
  const broker = createEmbeddedTransport();
  const client = await createClient({ transport: await broker.open("client") });
  // The graph is stored first, so the start itself comes after the closing.
  const starting = client.run(echo, 1);
  const closing = client.close();
  await expect(starting).rejects.toMatchObject({ code: "CLIENT_CLOSED" });
  await closing;
  await broker.close();
});

test("so does the cancelling of a run", async () => {
  const broker = createEmbeddedTransport();
  const client = await createClient({ transport: await broker.open("client") });
  const run = await client.run(echo, 1);
  // What is stored of the run is looked up first.
  const cancelling = run.cancel();
  const closing = client.close();
  await expect(cancelling).rejects.toMatchObject({ code: "CLIENT_CLOSED" });
  await closing;
  await broker.close();
});
