import { createApp, nats } from "arpeggio";
import { describe } from "vitest";
import { startNatsServer } from "../support/nats-server.ts";
import { storedSuite } from "./stored.suite.ts";

describe("on NATS", () => {
  storedSuite(async () => {
    const server = await startNatsServer();
    const provider = nats({ servers: server.url });
    const app = await createApp({ transport: provider });
    const transport = await provider.open("tool");
    const close = async () => {
      await app.close();
      await transport.close();
      await server[Symbol.asyncDispose]();
    };
    return { app, transport, close };
  });
});
