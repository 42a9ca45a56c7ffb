import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ensureNatsServers } from "../../../scripts/nats-server.mjs";
import { startListening } from "./listening.mjs";

/** The newest nats-server to be had: `{ path, version }`. */
export async function natsServerProgram() {
  return (await ensureNatsServers()).at(-1);
}

/**
 * Starts one with JetStream on files and its default sync; resolves with its URL.
 *
 * @param {number} [cores] how many it uses at one time; by its own default as many as there are
 */
export async function startNats(group, { path }, cores) {
  const env = cores === undefined ? {} : { GOMAXPROCS: String(cores) };
  const port = await startListening(group, (port) => {
    const folder = join(group.folder, `nats-${port}`);
    mkdirSync(folder);
    const config = join(folder, "nats.conf");
    const store = JSON.stringify(join(folder, "store"));
    writeFileSync(config, `listen: "127.0.0.1:${port}"\njetstream { store_dir: ${store} }\n`);
    return { command: path, args: ["-c", config], env };
  });
  return `nats://127.0.0.1:${port}`;
}
