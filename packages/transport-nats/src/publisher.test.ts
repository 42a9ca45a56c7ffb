import { expect, test } from "vitest";
import { startNatsServer } from "../../../test/support/nats-server.ts";
import { openParts } from "./nats-transport.ts";
import { settingsOf } from "./options.ts";
import { Publisher } from "./publisher.ts";

test("a message whose id is being stored at this moment is sent again, until that is known", async () => {
  await using server = await startNatsServer();
  const settings = settingsOf({ servers: server.url });
  const [{ connection, channel, api }, other] = [await openParts(settings, "a"), await openParts(settings, "b")];
  // What the leader of a stream in a cluster answers to a repetition while the first one is on its way to the others.
  const underWay = { error: { code: 409, err_code: 10158, description: "duplicate message id is in process" } };
  const answers = [underWay, underWay, { stream: "ODD", seq: 7, duplicate: true }];
  let asked = 0;
  other.connection.nats.subscribe("odd.subject", {
    callback: (_, message) => void message.respond(JSON.stringify(answers[asked++])),
  });
  await other.connection.nats.flush();
  await new Publisher(channel, api, 1_000_000).publish("odd.subject", Buffer.from("once"), "id-1");
  expect(asked).toBe(answers.length);
  await Promise.all([connection.close(), other.connection.close()]);
});
