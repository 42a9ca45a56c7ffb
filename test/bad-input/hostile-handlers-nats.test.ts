import { createApp, nats, quietLogger } from "arpeggio";
import { afterAll, beforeAll, describe } from "vitest";
import { startNatsServer, type NatsServer } from "../support/nats-server.ts";
import { hostileHandlersSuite } from "./hostile-handlers.suite.ts";

const log = { ...quietLogger, warn: () => {} };
describe("on NATS", () => {
  let server: NatsServer;
  beforeAll(async () => {
    server = await startNatsServer();
  });
  afterAll(() => server[Symbol.asyncDispose]());
  hostileHandlersSuite(() => createApp({ transport: nats({ servers: server.url }), log, abortGraceMs: 50 }));
});
