import { freePort } from "./free-port.ts";
import { startNatsServer, type NatsServer, type NatsServerProgram } from "./nats-server.ts";

/** Three servers of one cluster on the loopback interface. */
export interface NatsCluster extends AsyncDisposable {
  readonly servers: readonly NatsServer[];
  /** The server of this name, which is how a stream's leader is told. */
  called(name: string): NatsServer;
}

const SIZE = 3;

export async function startNatsCluster(binary: NatsServerProgram): Promise<NatsCluster> {
  const ports: number[] = [];
  // One after another: each port is free only until somebody takes it.
  for (let i = 0; i < SIZE; i++) ports.push(await freePort());
  const routes = ports.map((port) => `"nats://127.0.0.1:${port}"`).join(", ");
  const names = ports.map((_, i) => `n${i}`);
  const servers = await Promise.all(
    ports.map((port, i) => {
      const cluster = `cluster { name: test, listen: "127.0.0.1:${port}", routes: [${routes}] }`;
      return startNatsServer({ binary, config: `server_name: ${names[i]}\n${cluster}` });
    }),
  );
  return {
    servers,
    called: (name) => {
      const server = servers[names.indexOf(name)];
      if (server === undefined) throw new Error(`the cluster has no server '${name}'`);
      return server;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(servers.map((server) => server[Symbol.asyncDispose]()));
    },
  };
}
