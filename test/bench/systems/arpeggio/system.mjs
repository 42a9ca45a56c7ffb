/** The engine on NATS: client, coordinator and worker in a process each. */
import { natsServerProgram, startNats } from "../../servers/nats.mjs";

/** @param {{ natsCores?: number }} options */
export async function prepare({ natsCores }) {
  const nats = await natsServerProgram();
  return {
    versions: { "nats-server": nats.version },
    client: new URL("client.mjs", import.meta.url),
    async start(group) {
      const env = { BENCH_NATS_URL: await startNats(group, nats, natsCores) };
      const file = new URL("role.mjs", import.meta.url);
      // One after the other: both create what is missing on the server.
      for (const role of ["coordinator", "worker"]) await group.startNode(role, file, { ...env, BENCH_ROLE: role });
      return env;
    },
  };
}
