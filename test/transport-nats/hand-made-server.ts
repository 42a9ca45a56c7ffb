import { createServer, type Socket } from "node:net";
import type { AddressInfo } from "node:net";

/** A listener that says what it likes to whoever takes it for a nats-server. */
export interface HandMadeServer extends AsyncDisposable {
  readonly address: string;
  /** How many have connected so far, and how many of these connections are open. */
  readonly connected: number;
  readonly open: number;
}

export async function startHandMadeServer(greet: (socket: Socket) => void): Promise<HandMadeServer> {
  const sockets = new Set<Socket>();
  let connected = 0;
  const server = createServer((socket) => {
    connected++;
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
    greet(socket);
    // One that is not read does not tell that it was closed.
    socket.resume();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    get connected() {
      return connected;
    },
    get open() {
      return sockets.size;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Greets as a server does that has these fields in its INFO, and answers PINGs. */
export function greetingAs(info: Readonly<Record<string, unknown>>): (socket: Socket) => void {
  return (socket) => {
    const all = { server_id: "X", server_name: "x", proto: 1, max_payload: 1_048_576, headers: true, ...info };
    socket.write(`INFO ${JSON.stringify(all)}\r\n`);
    socket.on("data", (data) => {
      const pings = data.toString("latin1").match(/^PING\r$/gm)?.length ?? 0;
      socket.write("PONG\r\n".repeat(pings));
    });
  };
}
