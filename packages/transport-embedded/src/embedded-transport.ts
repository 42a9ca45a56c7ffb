import type { Clock, Transport, TransportProvider } from "@arpeggio/core";
import { settingsOf, type EmbeddedOptions } from "./embedded-options.ts";
import { MemoryWorld } from "./memory-world.ts";
import { createView } from "./transport-view.ts";

/**
 * One process's own broker: log, queues, buckets, blobs and bus in memory. All clients, coordinators and workers that
 * open it see the same, as if they were connected to one server; what is in it is gone when the process ends.
 */
export interface EmbeddedTransport {
  readonly clock: Clock;
  /** For `createApp({ transport })`: each `open` gives a view whose `close()` ends only what was opened through it. */
  provider(): TransportProvider;
  /** The same as `provider().open(clientName)`. */
  open(clientName: string): Promise<Transport>;
  /** Closes every view. */
  close(): Promise<void>;
}

/**
 * Makes a broker of its own. Messages are copied and handed over in a later turn of the event loop, as a server's would
 * be; nothing depends on timers but ack waits, delays and time limits.
 *
 * @throws OptionInvalidError
 */
export function createEmbeddedTransport(options: EmbeddedOptions = {}): EmbeddedTransport {
  const settings = settingsOf(options);
  const world = new MemoryWorld(settings);
  const views = new Set<Transport>();
  const open = (_clientName: string): Promise<Transport> => {
    const view = createView(world, (closed) => views.delete(closed));
    views.add(view);
    return Promise.resolve(view);
  };
  return {
    clock: settings.clock,
    provider: () => ({ name: "embedded", open }),
    open,
    async close() {
      await Promise.all(Array.from(views, (view) => view.close()));
    },
  };
}

/**
 * The transport in this process's memory: `createApp({ transport: embedded() })`, which is also what an app has by
 * default. Everything that opens the same provider works together.
 *
 * @throws OptionInvalidError
 */
export function embedded(options: EmbeddedOptions = {}): TransportProvider {
  return createEmbeddedTransport(options).provider();
}
