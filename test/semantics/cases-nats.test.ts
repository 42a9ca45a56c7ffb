import { createApp, nats } from "arpeggio";
import { afterAll, beforeAll, describe } from "vitest";
import { natsServers, startNatsServer, type NatsServer } from "../support/nats-server.ts";
import { caseSuite } from "./cases/cases.suite.ts";

describe.each(natsServers())("the cases on nats-server $version", (binary) => {
  let server: NatsServer;
  beforeAll(async () => {
    server = await startNatsServer({ binary });
  });
  afterAll(() => server[Symbol.asyncDispose]());
  caseSuite(() => createApp({ transport: nats({ servers: server.url, prefix: "cases" }) }));
});
