import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { natsServers } from "../support/nats-server.ts";
import { freePort } from "../support/free-port.ts";
import { Actor } from "./actor.ts";
import { serverNames } from "./fault-plan.ts";
import type { Place } from "./network.ts";

export interface ServersOptions {
  readonly folder: string;
  readonly isCluster: boolean;
  readonly isOldest: boolean;
  /** Where each of them runs, by its name. */
  readonly placeOf: (name: string) => Place;
  readonly onSurprise: (what: string) => void;
}

export interface ChaosServers {
  readonly actors: readonly Actor[];
  readonly urls: readonly string[];
  /** Where they tell of themselves over HTTP. */
  readonly monitors: readonly string[];
  readonly version: string;
}

/** Sets up one server, or three that form a cluster. Starts nothing. */
export async function chaosServers(options: ServersOptions): Promise<ChaosServers> {
  const { folder, isCluster, isOldest, placeOf, onSurprise } = options;
  const all = natsServers();
  const program = isOldest ? all[0] : (all.at(-1) ?? all[0]);
  const members = [];
  for (const name of isCluster ? serverNames : serverNames.slice(0, 1)) {
    const place = placeOf(name);
    // One after another: each port is free only until somebody takes it.
    const ports = [await freePort(), await freePort(), await freePort()] as const;
    members.push({ name, place, ports });
  }
  const routes = members.map(({ place, ports }) => `"nats://${place.address}:${ports[2]}"`);
  const actors = members.map(({ name, place, ports: [port, monitorPort, clusterPort] }) => {
    const file = join(folder, `${name}.conf`);
    const lines = [
      `server_name: ${name}`,
      `listen: "${place.address}:${port}"`,
      `http: "${place.address}:${monitorPort}"`,
      `jetstream { store_dir: ${JSON.stringify(join(folder, name))} }`,
    ];
    if (isCluster) {
      lines.push(`cluster { name: chaos, listen: "${place.address}:${clusterPort}", routes: [${routes.join(", ")}] }`);
    }
    writeFileSync(file, `${lines.join("\n")}\n`);
    const command = [program.path, "-c", file];
    return new Actor({ name, place, command, ready: /Server is ready/, ipc: false, onSurprise });
  });
  return {
    actors,
    urls: members.map(({ place, ports }) => `nats://${place.address}:${ports[0]}`),
    monitors: members.map(({ place, ports }) => `http://${place.address}:${ports[1]}`),
    version: program.version,
  };
}
