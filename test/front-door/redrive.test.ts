import { createApp, nats } from "arpeggio";
import { afterAll, beforeAll, describe } from "vitest";
import { startNatsServer, type NatsServer } from "../support/nats-server.ts";
import { redriveSuite } from "./redrive.suite.ts";

describe("redrive on the embedded transport", () => {
  redriveSuite(() => createApp());
});

describe("redrive on NATS", () => {
  let server: NatsServer;
  beforeAll(async () => {
    server = await startNatsServer();
  });
  afterAll(() => server[Symbol.asyncDispose]());
  redriveSuite(() => createApp({ transport: nats({ servers: server.url }) }));
});
