import { createEmbeddedTransport } from "@arpeggio/transport-embedded";
import { queueFullSuite } from "./queue-full.suite.ts";

queueFullSuite((queueMessagesMax) => {
  const transport = createEmbeddedTransport({ queueMessagesMax });
  return Promise.resolve({
    name: "embedded",
    open: (name: string) => transport.open(name),
    [Symbol.asyncDispose]: () => transport.close(),
  });
});
