import { nats } from "@arpeggio/transport-nats";
import { describe } from "vitest";
import { natsServers, startNatsServer } from "../support/nats-server.ts";
import { conformanceSuite } from "./conformance.suite.ts";

describe.each(natsServers())("the NATS transport on nats-server $version", (binary) => {
  conformanceSuite(async () => {
    const server = await startNatsServer({ binary });
    const provider = nats({ servers: server.url, partitions: 2 });
    return {
      open: (clientName) => provider.open(clientName),
      close: () => server[Symbol.asyncDispose](),
    };
  });
});
