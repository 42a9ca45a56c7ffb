import { createClient } from "@arpeggio/client";
import { task } from "@arpeggio/core";
import { createEmbeddedTransport } from "@arpeggio/transport-embedded";
import { createApp } from "arpeggio";
import { expect, test } from "vitest";

const echo = task("echo", (input: unknown) => input);
const codeOf = (end: unknown) => (end as { code?: string }).code;

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

test("what an app has for dead letters and for many runs says so after closing, and so does what was asked before", async () => {
  const app = await createApp();
  const { deadLetters, runs } = app;
  const asked = [() => deadLetters.list(), () => deadLetters.show("events.0.1.0"), () => runs.list()];
  const before = asked.map((ask) => ask().then(codeOf, codeOf));
  await app.close();
  expect(await Promise.all(before)).not.toContain("TRANSPORT_CLOSED");
  const after = [
    ...asked,
    () => deadLetters.requeue("events.0.1.0"),
    () => deadLetters.drop("events.0.1.0"),
    () => runs.cancel({ workflow: "w" }),
    () => app.planRedrive("r"),
  ];
  for (const ask of after) await expect(ask()).rejects.toMatchObject({ code: "CLIENT_CLOSED" });
});

test("whether a run can be redriven, nobody says where there is no coordinator", async () => {
  const broker = createEmbeddedTransport();
  const client = await createClient({ transport: await broker.open("client") });
  const { id } = await client.run(echo, 1);
  await expect(client.redrive(id)).rejects.toMatchObject({ code: "NO_ANSWER" });
  await client.close();
  await broker.close();
});
