import { createApp, quietLogger } from "arpeggio";
import { describe } from "vitest";
import { hostileHandlersSuite } from "./hostile-handlers.suite.ts";

const log = { ...quietLogger, warn: () => {} };
describe("on the embedded transport", () => {
  hostileHandlersSuite(() => createApp({ log, abortGraceMs: 50 }));
});
