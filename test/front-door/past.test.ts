import { createApp, embedded, nats, task } from "arpeggio";
import { afterAll, beforeAll, describe } from "vitest";
import { RawConnection } from "../security/raw-connection.ts";
import { startNatsServer, type NatsServer } from "../support/nats-server.ts";
import { pastSuite } from "./past.suite.ts";

const wide = task("wide", () => "x".repeat(100_000));

describe("runs that have ended, on the embedded transport", () => {
  // As little as it can: whole pieces of 256 KiB below the mark.
  const transport = embedded({ logBytesMax: 1 });
  pastSuite({
    open: () => createApp({ transport }),
    letGo: async (app) => {
      const runs = await Promise.all(Array.from({ length: 10 }, () => app.run(wide)));
      await Promise.all(runs.map((run) => run.result()));
    },
  });
});

describe("runs that have ended, on NATS", () => {
  let server: NatsServer;
  beforeAll(async () => {
    server = await startNatsServer();
  });
  afterAll(() => server[Symbol.asyncDispose]());
  pastSuite({
    open: () => createApp({ transport: nats({ servers: server.url }) }),
    letGo: async () => {
      await using raw = await RawConnection.open(server.port, "anybody", "x");
      await raw.request("$JS.API.STREAM.PURGE.ARP_EVENTS", "");
    },
  });
});
