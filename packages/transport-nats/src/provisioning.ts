import { OptionInvalidError, token } from "@arpeggio/core";
import { checkAckWait } from "./attempt-queues.ts";
import { bands, namesOf } from "./names.ts";
import { openParts } from "./nats-transport.ts";
import { settingsOf, type NatsOptions } from "./options.ts";
import { ensureConsumer } from "./queue-consumers.ts";
import { assetsOf } from "./topology.ts";

/** What is to be there beside the streams. */
export interface ProvisionOptions extends NatsOptions {
  /** Queues to create. A worker whose user may not create them needs them to be there. @defaultValue none */
  readonly queues?: readonly string[];
  /** As the option of workers, which must not be larger. @defaultValue `30_000` */
  readonly ackWaitMs?: number;
}

/** What is there now, by the names that it has on the server. */
export interface Provisioned {
  readonly streams: readonly string[];
  readonly consumers: readonly string[];
}

const ACK_WAIT_MS = 30_000;

/**
 * Creates everything ahead of the processes that use it, so that their users need no rights to create. What is there stays
 * as it is; an ack wait grows where it is too short.
 *
 * @throws what opening the transport throws, OptionInvalidError and NameInvalidError.
 */
export async function provisionNats(options: ProvisionOptions = {}): Promise<Provisioned> {
  const { queues = [], ackWaitMs = ACK_WAIT_MS, ...rest } = options;
  const settings = settingsOf(rest);
  if (!Array.isArray(queues)) throw new OptionInvalidError("queues", queues, "a list of queues");
  for (const queue of queues as readonly string[]) token("queue", queue);
  checkAckWait(ackWaitMs);
  const names = namesOf(settings.prefix);
  const { api, connection } = await openParts(settings, "provisioner");
  try {
    const consumers: string[] = [];
    for (const queue of queues as readonly string[]) {
      for (const band of bands) {
        await ensureConsumer(api, names, { queue, band, ackWaitMs });
        consumers.push(names.attempts.consumer(queue, band));
      }
    }
    return { streams: assetsOf(names, settings).map((asset) => asset.settings.name), consumers };
  } finally {
    await connection.close();
  }
}
