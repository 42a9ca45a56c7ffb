import { cpSync, existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { waitUntil } from "../outages/waiting.ts";
import type { NatsServer } from "./nats-server.ts";

/** Where a consumer stands in the stream of attempts, in numbers below 128. */
export interface Place {
  readonly acknowledged: number;
  readonly delivered: number;
}

function streamOf(server: NatsServer): string {
  return join(server.storeDir, "jetstream", "$G", "streams", "ARP_TASKS");
}

/**
 * Resolves when the server has noted it. One that is stopped in good order before may have forgotten all of it; so may one that writes it once
 * more while it stops, so they are killed.
 */
async function noted(server: NatsServer, consumer: string, { acknowledged, delivered }: Place): Promise<void> {
  const file = join(streamOf(server), "obs", consumer, "o.dat");
  // Behind two bytes of a header stand, for both, the consumer's own number and the stream's.
  await waitUntil(() => {
    const bytes = existsSync(file) ? readFileSync(file) : [];
    return bytes[3] === acknowledged && bytes[5] === delivered;
  });
}

/**
 * Starts the server anew, with what one leaves that is killed between emptying the file of the stream and noting its numbers: it may count
 * anew. The stream has to be empty.
 *
 * @param last the number of its last message
 */
export async function forgetNumbers(server: NatsServer, consumer: string, last: number): Promise<void> {
  await noted(server, consumer, { acknowledged: last, delivered: last });
  await server.kill();
  const folder = join(streamOf(server), "msgs");
  for (const file of readdirSync(folder)) rmSync(join(folder, file));
  await server.restart();
}

/**
 * Does something, after which the server has the messages as they were before, and knows of its consumers what is new: what one leaves that is
 * killed before the removal of messages is noted.
 *
 * @param places of the consumer, before and after
 */
export async function undoingMessages(
  server: NatsServer,
  consumer: string,
  places: readonly [before: Place, after: Place],
  things: () => Promise<void>,
): Promise<void> {
  const folder = join(streamOf(server), "msgs");
  const kept = `${server.storeDir}-kept`;
  await noted(server, consumer, places[0]);
  await server.kill();
  cpSync(folder, kept, { recursive: true });
  await server.restart();
  await things();
  await noted(server, consumer, places[1]);
  await server.kill();
  rmSync(folder, { recursive: true });
  cpSync(kept, folder, { recursive: true });
  rmSync(kept, { recursive: true });
  await server.restart();
}
