import { cpSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { NatsServer } from "./nats-server.ts";

/** The files of the stream of attempts, of a server that is stopped. */
function messagesOf(server: NatsServer): string {
  return join(server.storeDir, "jetstream", "$G", "streams", "ARP_TASKS", "msgs");
}

/**
 * Starts the server anew, with what one leaves that is killed between emptying the file of the stream and noting its numbers: it may count
 * anew. The stream has to be empty.
 */
export async function forgetNumbers(server: NatsServer): Promise<void> {
  await server.stop();
  const folder = messagesOf(server);
  for (const file of readdirSync(folder)) rmSync(join(folder, file));
  await server.restart();
}

/**
 * Does something, after which the server has the messages as they were before, and knows of its consumers what is new: what one leaves that is
 * killed before the removal of messages is noted.
 */
export async function undoingMessages(server: NatsServer, things: () => Promise<void>): Promise<void> {
  const folder = messagesOf(server);
  const kept = `${server.storeDir}-kept`;
  await server.stop();
  cpSync(folder, kept, { recursive: true });
  await server.restart();
  await things();
  await server.stop();
  rmSync(folder, { recursive: true });
  cpSync(kept, folder, { recursive: true });
  rmSync(kept, { recursive: true });
  await server.restart();
}
