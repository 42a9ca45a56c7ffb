import { createApp, nats } from "arpeggio";
import { afterAll, beforeAll, describe } from "vitest";
import { startNatsServer, type NatsServer } from "../support/nats-server.ts";
import { controlSuite } from "./control.suite.ts";

describe("control of runs on the embedded transport", () => {
  controlSuite(() => createApp());
});

describe("control of runs on NATS", () => {
  let server: NatsServer;
  beforeAll(async () => {
    server = await startNatsServer();
  });
  afterAll(() => server[Symbol.asyncDispose]());
  controlSuite(() => createApp({ transport: nats({ servers: server.url }) }));
});
