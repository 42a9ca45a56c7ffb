import { createServer } from "node:net";

/**
 * Ports below the range that systems hand out for outgoing connections (from 32,768 on Linux). In that range a client
 * that reconnects to a stopped server on its own machine can be given the server's port, and so connect to itself.
 */
const portMin = 12_000;
const portMax = 32_000;

/** A port of the loopback interface that nothing listens on at this moment. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = portMin + Math.floor(Math.random() * (portMax - portMin));
    if (await isFree(port)) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen({ port, host: "127.0.0.1", exclusive: true }, () => server.close(() => resolve(true)));
  });
}
