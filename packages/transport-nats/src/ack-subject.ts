/** What the reply subject of a message from a consumer says about it. */
export interface DeliveryInfo {
  readonly deliveryCount: number;
  readonly streamSequence: number;
  readonly consumerSequence: number;
  /** When the stream stored it, in milliseconds since 1970. */
  readonly timestampMs: number;
  /** Messages that matched the consumer's filter and were not delivered yet. */
  readonly pending: number;
}

/**
 * Reads `$JS.ACK.<stream>.<consumer>.<count>.<stream seq>.<consumer seq>.<ns>.<pending>` and the longer form with domain
 * and account hash after `ACK` that newer servers may send. `undefined` for any other subject.
 */
export function deliveryInfoOf(reply: string): DeliveryInfo | undefined {
  if (!reply.startsWith("$JS.ACK.")) return undefined;
  const tokens = reply.split(".");
  const at = tokens.length === 9 ? 4 : tokens.length >= 11 ? 6 : 0;
  if (at === 0) return undefined;
  return {
    deliveryCount: Number(tokens[at]),
    streamSequence: Number(tokens[at + 1]),
    consumerSequence: Number(tokens[at + 2]),
    timestampMs: Math.floor(Number(tokens[at + 3]) / 1e6),
    pending: Number(tokens[at + 4]),
  };
}
