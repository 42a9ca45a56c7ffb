import { createEmbeddedTransport } from "@arpeggio/transport-embedded";
import { createApp, quietLogger } from "arpeggio";
import { describe } from "vitest";
import { lifecycleSuite } from "./lifecycle.suite.ts";

const log = { ...quietLogger, warn: () => {} };
describe("on the embedded transport", () => {
  lifecycleSuite(async () => {
    const transport = createEmbeddedTransport().provider();
    return (options = {}) => createApp({ log, ...options, transport });
  });
});
