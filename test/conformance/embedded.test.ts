import { createEmbeddedTransport } from "@arpeggio/transport-embedded";
import { describe } from "vitest";
import type { Broker } from "./broker.ts";
import { conformanceSuite } from "./conformance.suite.ts";

function startEmbedded(): Promise<Broker> {
  return Promise.resolve(createEmbeddedTransport({ partitions: 2 }));
}

describe("the embedded transport", () => {
  conformanceSuite(startEmbedded);
});
