import type { Transport } from "@arpeggio/core";

/**
 * The same transport for a client, with what its redrives keep written down: these blobs go when their runs have ended, and the
 * log cannot be folded without them.
 */
export function notingKept(transport: Transport, kept: Map<string, Uint8Array>): Transport {
  const { blobs } = transport;
  return {
    name: transport.name,
    limits: transport.limits,
    clock: transport.clock,
    events: transport.events,
    attempts: transport.attempts,
    bus: transport.bus,
    bucket: (name) => transport.bucket(name),
    close: () => transport.close(),
    blobs: {
      put: (key, bytes) => {
        if (key.includes("/kept-")) kept.set(key, new Uint8Array(bytes));
        return blobs.put(key, bytes);
      },
      get: (key) => blobs.get(key),
      delete: (key) => blobs.delete(key),
      list: (prefix) => blobs.list(prefix),
    },
  };
}
