import { createEmbeddedTransport } from "@arpeggio/transport-embedded";
import { describe } from "vitest";
import { deadLettersSuite } from "./letters.suite.ts";

describe("on the embedded transport", () => {
  deadLettersSuite(() => Promise.resolve(createEmbeddedTransport()));
});
