import type { JetStreamApi } from "./jetstream-api.ts";
import type { StoredMessage } from "./server-answers.ts";

export interface Stepping {
  readonly stream: string;
  readonly filter: string;
  readonly replicas: number;
  /** How many messages there are, where that is known. */
  readonly count?: number;
}

/** Requests under way at a time. */
const WIDTH_MAX = 16;

/**
 * All messages of a stream that match a subject, in order, each asked for by itself.
 *
 * Unlike a consumer this needs no more than the permission to read: who may create a consumer may have the server send
 * messages to any subject. Asks for several places at once while each brings another message.
 */
export async function* stepThrough(api: JetStreamApi, stepping: Stepping): AsyncGenerator<StoredMessage> {
  const { stream, filter, replicas, count = Infinity } = stepping;
  let from = 1;
  let width = 1;
  for (let found = 0; found < count;) {
    const places = Array.from({ length: Math.min(width, count - found) }, (_, i) => from + i);
    const answers = await Promise.all(places.map((place) => api.nextMessage(stream, filter, place, replicas)));
    let fresh = 0;
    for (const message of answers) {
      if (!message) return;
      if (message.sequence < from) continue;
      from = message.sequence + 1;
      fresh++;
      yield message;
    }
    found += fresh;
    width = fresh === places.length ? Math.min(WIDTH_MAX, width * 2) : fresh;
  }
}
