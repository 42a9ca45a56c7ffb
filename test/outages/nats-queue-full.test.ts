import { nats } from "@arpeggio/transport-nats";
import { startNatsServer } from "../support/nats-server.ts";
import { queueFullSuite } from "./queue-full.suite.ts";

queueFullSuite(async (queueMessagesMax) => {
  const server = await startNatsServer();
  const provider = nats({ servers: server.url, queueMessagesMax });
  return {
    name: "nats",
    open: (name: string) => provider.open(name),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
});
