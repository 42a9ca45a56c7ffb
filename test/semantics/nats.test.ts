import { createApp, nats } from "arpeggio";
import { afterAll, beforeAll, describe } from "vitest";
import { natsServers, startNatsServer, type NatsServer } from "../support/nats-server.ts";
import { randomCanvasSuite } from "./random-canvas.suite.ts";
import { semanticsSuite } from "./rules.suite.ts";

describe.each(natsServers())("semantics on nats-server $version", (binary) => {
  let server: NatsServer;
  beforeAll(async () => {
    server = await startNatsServer({ binary });
  });
  afterAll(() => server[Symbol.asyncDispose]());
  const open = (prefix: string) => createApp({ transport: nats({ servers: server.url, prefix }) });
  semanticsSuite(() => open("rules"));
  randomCanvasSuite(() => open("random"), { runs: 60 });
});
