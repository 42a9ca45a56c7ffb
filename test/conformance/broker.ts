import type { Transport } from "@arpeggio/core";
import { afterAll, afterEach, beforeAll } from "vitest";

/** What a transport connects to: a server, or a world in memory. Nothing is in it at first. */
export interface Broker {
  /** One more connection, as from a further process. */
  open(clientName: string): Promise<Transport>;
  /** Ends the broker; its connections are closed before. */
  close(): Promise<void>;
}

/** Starts a broker of its own, that no other test knows. It must have at least two partitions. */
export type StartBroker = () => Promise<Broker>;

/** One broker for all tests of a suite, and connections that are closed after the test that opened them. */
export function brokerForSuite(start: StartBroker): { open(): Promise<Transport> } {
  let broker: Broker;
  const opened: Transport[] = [];
  beforeAll(async () => {
    broker = await start();
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((transport) => transport.close()));
  });
  afterAll(async () => {
    await broker.close();
  });
  return {
    async open() {
      const transport = await broker.open("conformance");
      opened.push(transport);
      return transport;
    },
  };
}
