import type { TransportProvider } from "@arpeggio/core";
import { openTransport } from "./nats-transport.ts";
import { settingsOf, type NatsOptions } from "./options.ts";

/**
 * The transport on NATS JetStream: `createApp({ transport: nats({ servers: "nats://10.0.0.5:4222" }) })`.
 *
 * Needs nats-server 2.9 or newer with JetStream. Creates its streams and buckets when it is first opened, and never
 * changes what is there. A connection that was there once is renewed for ever; what was under way is sent again.
 *
 * @throws {@link OptionInvalidError} for unknown options and values out of range. `open` of what it returns throws
 * {@link ServerUnreachableError}, {@link AuthenticationFailedError}, {@link ServerTooOldError},
 * {@link JetStreamDisabledError}, {@link PermissionMissingError} or {@link TopologyMismatchError}.
 */
export function nats(options: NatsOptions = {}): TransportProvider {
  const settings = settingsOf(options);
  return { name: "nats", open: (clientName) => openTransport(settings, clientName) };
}
