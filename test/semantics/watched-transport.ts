import { createEmbeddedTransport } from "@arpeggio/transport-embedded";
import type { BucketName, KeyValue, Transport, TransportProvider } from "@arpeggio/core";

/** The embedded transport, with a count of what is written to it. */
export function watchedTransport(): {
  readonly transport: TransportProvider;
  readonly cost: { messages: number; bytes: number };
} {
  const cost = { messages: 0, bytes: 0 };
  const count = (bytes: Uint8Array) => {
    cost.messages++;
    cost.bytes += bytes.length;
  };
  const embedded = createEmbeddedTransport();
  const transport: TransportProvider = {
    name: "embedded",
    open: async (name) => counted(await embedded.open(name), count),
  };
  return { transport, cost };
}

function counted(transport: Transport, count: (bytes: Uint8Array) => void): Transport {
  const { events, attempts, blobs } = transport;
  return {
    ...transport,
    events: {
      ...events,
      append: (partition, message, options) => {
        count(message);
        return events.append(partition, message, options);
      },
      claim: (partition, key, message) => {
        count(message);
        return events.claim(partition, key, message);
      },
    },
    attempts: {
      ...attempts,
      publish: (attempt) => {
        count(attempt.bytes);
        return attempts.publish(attempt);
      },
    },
    blobs: {
      ...blobs,
      put: (key, value) => {
        count(value);
        return blobs.put(key, value);
      },
    },
    bucket: (name: BucketName): KeyValue => {
      const bucket = transport.bucket(name);
      const put = (key: string, value: Uint8Array) => {
        count(value);
        return bucket.put(key, value);
      };
      return { ...bucket, put };
    },
  };
}
