import { describe } from "vitest";
import { attemptQueuesSuite } from "./attempt-queues.suite.ts";
import { blobsSuite } from "./blobs.suite.ts";
import type { StartBroker } from "./broker.ts";
import { closingSuite } from "./closing.suite.ts";
import { eventLogSuite } from "./event-log.suite.ts";
import { holdingAttemptsSuite } from "./holding-attempts.suite.ts";
import { keyValueSuite } from "./key-value.suite.ts";
import { messageBusSuite } from "./message-bus.suite.ts";

/**
 * Everything that a transport promises (`packages/core/src/transport`), as tests. A transport conforms if it passes
 * them all.
 */
export function conformanceSuite(start: StartBroker): void {
  describe("event log", () => {
    eventLogSuite(start);
  });
  describe("attempt queues", () => {
    attemptQueuesSuite(start);
  });
  describe("attempts in hand", () => {
    holdingAttemptsSuite(start);
  });
  describe("buckets", () => {
    keyValueSuite(start);
  });
  describe("blobs", () => {
    blobsSuite(start);
  });
  describe("message bus", () => {
    messageBusSuite(start);
  });
  describe("closing", () => {
    closingSuite(start);
  });
}
