import { nats } from "@arpeggio/transport-nats";
import { describe } from "vitest";
import { startNatsServer } from "../support/nats-server.ts";
import { deadLettersSuite } from "./letters.suite.ts";

describe("on NATS", () => {
  deadLettersSuite(async () => {
    const server = await startNatsServer();
    const opened: { close(): Promise<void> }[] = [];
    return {
      open: async (name) => {
        const transport = await nats({ servers: server.url }).open(name);
        opened.push(transport);
        return transport;
      },
      close: async () => {
        await Promise.all(opened.map((transport) => transport.close()));
        await server[Symbol.asyncDispose]();
      },
    };
  });
});
