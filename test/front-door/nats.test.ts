import { createApp, nats } from "arpeggio";
import { afterAll, beforeAll, describe } from "vitest";
import { startNatsServer, type NatsServer } from "../support/nats-server.ts";
import { runsSuite } from "./runs.suite.ts";

describe("runs on NATS", () => {
  let server: NatsServer;
  beforeAll(async () => {
    server = await startNatsServer();
  });
  afterAll(() => server[Symbol.asyncDispose]());
  runsSuite(() => createApp({ transport: nats({ servers: server.url }) }));
});
