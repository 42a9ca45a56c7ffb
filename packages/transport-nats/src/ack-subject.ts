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
  if (!reply.startsWith(PREFIX)) return undefined;
  const dots = dotsIn(reply);
  // Read in place: every message has one, and a list of its tokens costs more than all that is in them.
  const skipped = dots === 8 ? 2 : dots >= 10 ? 4 : 0;
  if (skipped === 0) return undefined;
  let at = PREFIX.length;
  for (let i = 0; i < skipped; i++) at = reply.indexOf(".", at) + 1;
  const countEnd = tokenEnd(reply, at);
  const streamEnd = tokenEnd(reply, countEnd + 1);
  const consumerEnd = tokenEnd(reply, streamEnd + 1);
  const timeEnd = tokenEnd(reply, consumerEnd + 1);
  const pendingEnd = tokenEnd(reply, timeEnd + 1);
  const deliveryCount = numberIn(reply, at, countEnd);
  const streamSequence = numberIn(reply, countEnd + 1, streamEnd);
  const consumerSequence = numberIn(reply, streamEnd + 1, consumerEnd);
  // The digits of nanoseconds are left out, since no number holds all of them.
  const timestampMs = numberIn(reply, consumerEnd + 1, timeEnd - NANOSECOND_DIGITS);
  const nanoseconds = numberIn(reply, timeEnd - NANOSECOND_DIGITS, timeEnd);
  const pending = numberIn(reply, timeEnd + 1, pendingEnd);
  // One that is no number, or too large for one, makes the sum so, too.
  const sum = deliveryCount + streamSequence + consumerSequence + timestampMs + nanoseconds + pending;
  return Number.isSafeInteger(sum)
    ? { deliveryCount, streamSequence, consumerSequence, timestampMs, pending }
    : undefined;
}

const PREFIX = "$JS.ACK.";
/** Of a time in nanoseconds, those that are less than a millisecond. */
const NANOSECOND_DIGITS = 6;

function dotsIn(text: string): number {
  let dots = 0;
  for (let at = text.indexOf("."); at >= 0; at = text.indexOf(".", at + 1)) dots++;
  return dots;
}

function tokenEnd(text: string, from: number): number {
  const dot = text.indexOf(".", from);
  return dot < 0 ? text.length : dot;
}

/** Of digits and nothing else, from one place to another. */
function numberIn(text: string, from: number, to: number): number {
  if (from >= to) return Number.NaN;
  let number = 0;
  for (let i = from; i < to; i++) {
    const digit = text.charCodeAt(i) - 48;
    if (digit < 0 || digit > 9) return Number.NaN;
    number = number * 10 + digit;
  }
  return number;
}
