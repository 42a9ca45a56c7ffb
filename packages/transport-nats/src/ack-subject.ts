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
  const deliveryCount = numberIn(tokens[at]);
  const streamSequence = numberIn(tokens[at + 1]);
  const consumerSequence = numberIn(tokens[at + 2]);
  const timestampMs = Math.floor(numberIn(tokens[at + 3]) / 1e6);
  const pending = numberIn(tokens[at + 4]);
  // One that is no number, or too large for one, makes the sum so, too.
  const isSound = Number.isSafeInteger(deliveryCount + streamSequence + consumerSequence + timestampMs + pending);
  return isSound ? { deliveryCount, streamSequence, consumerSequence, timestampMs, pending } : undefined;
}

/** Of digits and nothing else. */
function numberIn(token = ""): number {
  for (let i = 0; i < token.length; i++) {
    const code = token.charCodeAt(i);
    if (code < 48 || code > 57) return Number.NaN;
  }
  return token === "" ? Number.NaN : Number(token);
}
