import { createApp, nats, quietLogger } from "arpeggio";
import { afterAll, beforeAll, describe } from "vitest";
import { startNatsServer, type NatsServer } from "../support/nats-server.ts";
import { lifecycleSuite } from "./lifecycle.suite.ts";

const log = { ...quietLogger, warn: () => {} };
describe("on NATS", () => {
  let server: NatsServer;
  let count = 0;
  beforeAll(async () => {
    server = await startNatsServer();
  });
  afterAll(() => server[Symbol.asyncDispose]());
  lifecycleSuite(async () => {
    const transport = nats({ servers: server.url, prefix: `life${count++}` });
    return (options = {}) => createApp({ log, ...options, transport });
  });
});
