import { connect, createServer } from "node:net";
import { setTimeout as wait } from "node:timers/promises";

/** Milliseconds a server may take until it listens. */
const listenMsMax = 20_000;
/** How many ports to try: another process may take one between our look and the server's start. */
const portTriesMax = 5;

/**
 * Starts a server on a free port of the loopback interface and resolves with the port once it takes connections.
 *
 * @param {import("../process-group.mjs").ProcessGroup} group
 * @param {(port: number) => { command: string, args: readonly string[], env?: Record<string, string> }} commandFor
 */
export async function startListening(group, commandFor) {
  for (let tries = 1; ; tries += 1) {
    const port = await freePort();
    const { command, args, env } = commandFor(port);
    const server = group.startProgram("broker", command, args, { env });
    if (await isListening(server, port)) return port;
    if (tries === portTriesMax) throw new Error(`${command} does not start:\n${group.tailOf(server)}`);
  }
}

async function isListening(server, port) {
  const endMs = Date.now() + listenMsMax;
  while (!server.hasEnded && Date.now() < endMs) {
    if (await takesConnections(port)) return !server.hasEnded;
    await wait(20);
  }
  return false;
}

function takesConnections(port) {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
