import { AsyncLocalStorage } from "node:async_hooks";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { Socket } from "node:net";

/** Where Node tells of every socket that a process opens. */
const CHANNEL = "net.client.socket";

/** Whoever opens sockets now. */
const opening = new AsyncLocalStorage<Set<Socket>>();

/**
 * Closes the sockets that are opened in vain. The NATS client gives up a server that does not greet it in time, and leaves
 * the socket open, which keeps the process from ending.
 */
export async function closingInVain<T>(open: () => Promise<T>): Promise<T> {
  const sockets = new Set<Socket>();
  const onSocket = (message: unknown) => {
    if (opening.getStore() === sockets) sockets.add((message as { socket: Socket }).socket);
  };
  subscribe(CHANNEL, onSocket);
  try {
    return await opening.run(sockets, open);
  } catch (error) {
    for (const socket of sockets) socket.destroy();
    throw error;
  } finally {
    unsubscribe(CHANNEL, onSocket);
    // What the client does later carries this set with it.
    sockets.clear();
  }
}
