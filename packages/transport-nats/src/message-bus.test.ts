import { expect, test } from "vitest";
import { startNatsServer } from "../../../test/support/nats-server.ts";
import { openConnection } from "./connection.ts";
import { NatsMessageBus } from "./message-bus.ts";
import { namesOf } from "./names.ts";
import { settingsOf } from "./options.ts";

test("what is published during an outage is not kept for its end", async () => {
  await using server = await startNatsServer();
  const connection = await openConnection(settingsOf({ servers: server.url }), "test");
  const bus = new NatsMessageBus(connection, namesOf("arp"), 1_024);
  const heard: string[] = [];
  await bus.subscribe("news", ({ bytes }) => heard.push(Buffer.from(bytes).toString()));
  const isLost = new Promise<void>((resolve) => connection.listen({ onDisconnect: resolve }));
  let isBack = false;
  connection.listen({ onReconnect: () => (isBack = true) });
  const say = (text: string) => bus.publish("news", Buffer.from(text));
  say("before");
  await bus.flush();
  await server.kill();
  await isLost;
  const restarted = server.restart();
  while (!isBack) {
    say("meanwhile");
    await new Promise((resolve) => setImmediate(resolve));
  }
  await restarted;
  say("after");
  await bus.flush();
  expect(heard).toEqual(["before", "after"]);
  await connection.close();
});
