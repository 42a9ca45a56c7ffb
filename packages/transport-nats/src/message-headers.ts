/** Headers for publishing as the protocol has them. Names and values are ASCII. */
export function headerBlock(...pairs: readonly (readonly [name: string, value: string | number])[]): string {
  let text = "NATS/1.0\r\n";
  for (const [name, value] of pairs) text += `${name}: ${value}\r\n`;
  return `${text}\r\n`;
}

/** The same with a message id alone, which every attempt has. */
export function messageIdBlock(id: string): string {
  return `NATS/1.0\r\n${headerNames.messageId}: ${id}\r\n\r\n`;
}

/** A header's value out of a stored message's raw header block. */
export function headerOf(block: Buffer, name: string): string | undefined {
  for (const line of block.toString("utf8").split("\r\n")) {
    const colon = line.indexOf(":");
    if (colon > 0 && line.slice(0, colon) === name) return line.slice(colon + 1).trim();
  }
  return undefined;
}

/** The headers of JetStream and of this transport, each in one place. */
export const headerNames = {
  messageId: "Nats-Msg-Id",
  expectedSubjectSequence: "Nats-Expected-Last-Subject-Sequence",
  rollup: "Nats-Rollup",
  keyValueOperation: "KV-Operation",
  sequence: "Nats-Sequence",
  subject: "Nats-Subject",
  timestamp: "Nats-Time-Stamp",
  lastConsumerSequence: "Nats-Last-Consumer",
  consumerStalled: "Nats-Consumer-Stalled",
  /** Marks one conditional write, so that its writer recognises it when the answer was lost. */
  write: "Arpeggio-Write",
} as const;
