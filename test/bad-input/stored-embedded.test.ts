import { createEmbeddedTransport } from "@arpeggio/transport-embedded";
import { createApp } from "arpeggio";
import { describe } from "vitest";
import { storedSuite } from "./stored.suite.ts";

describe("on the embedded transport", () => {
  storedSuite(async () => {
    const broker = createEmbeddedTransport();
    const app = await createApp({ transport: broker.provider() });
    return { app, transport: await broker.open("tool"), close: () => app.close().then(() => broker.close()) };
  });
});
