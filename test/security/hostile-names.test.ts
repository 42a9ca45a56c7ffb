import { createEmbeddedTransport } from "@arpeggio/transport-embedded";
import { nats, permissionsFor } from "@arpeggio/transport-nats";
import { afterAll, describe, expect, test } from "vitest";
import { natsServers, startNatsServer, type NatsServer } from "../support/nats-server.ts";
import { hostileNames, hostileNamesSuite } from "./hostile-names.suite.ts";

describe("hostile names in memory", () => {
  hostileNamesSuite(() => createEmbeddedTransport().open("hostile"));
});

describe.each(natsServers())("hostile names on nats-server $version", (binary) => {
  let server: NatsServer;
  afterAll(() => server[Symbol.asyncDispose]());
  hostileNamesSuite(async () => {
    server = await startNatsServer({ binary });
    // A name that a user can hardly choose must not end the connection either.
    return nats({ servers: server.url }).open("x\r\n".repeat(5_000));
  });

  test("a message's id cannot bring headers of its own", async () => {
    const transport = await nats({ servers: server.url }).open("ids");
    const bytes = Buffer.from("x");
    for (const id of hostileNames.filter((name) => !/^[ -~]{1,500}$/.test(name))) {
      await expect(transport.events.append(1, bytes, { id })).rejects.toMatchObject({ code: "NAME_INVALID" });
      const attempt = { queue: "q", priority: 5, runId: "r", id, bytes };
      await expect(transport.attempts.publish(attempt)).rejects.toMatchObject({ code: "NAME_INVALID" });
    }
    await transport.close();
  });
});

describe("hostile options", () => {
  test.each([...hostileNames, "a.b", "A"])("the prefix %j is refused", (prefix) => {
    expect(() => nats({ prefix })).toThrow(expect.objectContaining({ code: "OPTION_INVALID" }));
    expect(() => permissionsFor({ role: "client", prefix })).toThrow(
      expect.objectContaining({ code: "OPTION_INVALID" }),
    );
  });

  test.each(hostileNames.filter((name) => !/^(\$SYS\.REQ|a\/b)$/.test(name) && name !== "../x"))(
    "the inbox prefix %j is refused",
    (inboxPrefix) => {
      expect(() => nats({ inboxPrefix })).toThrow(expect.objectContaining({ code: "OPTION_INVALID" }));
    },
  );

  test.each(hostileNames)("the user %j gets no permissions of others", (name) => {
    const refused = expect.objectContaining({ code: "NAME_INVALID" }) as Error;
    expect(() => permissionsFor({ role: "client", clientId: name })).toThrow(refused);
    expect(() => permissionsFor({ role: "worker", queues: [name] })).toThrow(refused);
  });
});
