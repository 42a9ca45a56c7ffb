import { createConnection, createServer, type Server, type Socket } from "node:net";
import type { AddressInfo } from "node:net";

/** A connection to a server through this process, which can lose answers and cut connections. */
export interface TcpProxy {
  readonly url: string;
  /** From now on what the server sends is thrown away; what clients send still arrives. */
  loseAnswers(): void;
  /** The same, from the moment in which a client sends this text. */
  loseAnswersTo(text: string): void;
  /** Ends that: what the server sends from now on arrives. */
  answerAgain(): void;
  /** How many there have been so far. */
  readonly connections: number;
  /** Ends every connection; new ones work fully. */
  cut(): void;
  [Symbol.asyncDispose](): Promise<void>;
}

export async function startTcpProxy(targetPort: number): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  let losing = false;
  let connections = 0;
  let awaited: string | undefined;
  const server: Server = createServer((client) => {
    connections++;
    const upstream = createConnection({ port: targetPort, host: "127.0.0.1" });
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => {
        sockets.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
    client.on("data", (data) => {
      if (awaited !== undefined && data.includes(awaited)) {
        losing = true;
        awaited = undefined;
      }
      upstream.write(data);
    });
    upstream.on("data", (data) => {
      if (!losing) client.write(data);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const cut = () => {
    losing = false;
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: `nats://127.0.0.1:${(server.address() as AddressInfo).port}`,
    loseAnswers: () => {
      losing = true;
    },
    loseAnswersTo: (text) => {
      awaited = text;
    },
    answerAgain: () => {
      losing = false;
    },
    get connections() {
      return connections;
    },
    cut,
    async [Symbol.asyncDispose]() {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
