import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Actor } from "./actor.ts";
import { coordinatorNames, serverNames, workerNames } from "./fault-plan.ts";
import { chaosServers } from "./nats-servers.ts";
import type { ChaosServers } from "./nats-servers.ts";
import { Network } from "./network.ts";
import type { Place } from "./network.ts";

export interface InstallationOptions {
  readonly folder: string;
  readonly isCluster: boolean;
  readonly isOldest: boolean;
  readonly onSurprise: (what: string) => void;
}

/** All processes of a run of chaos. */
export interface Installation {
  readonly servers: ChaosServers;
  readonly coordinators: readonly Actor[];
  readonly workers: readonly Actor[];
  /** What each process opens, see `settings.mjs`. */
  readonly settings: string;
  /** Names of the processes with a link that can be cut. */
  readonly linked: readonly string[];
  /** Why there are none, if so. */
  readonly networkProblem: string | undefined;
  readonly handOverLog: string;
  readonly executionLog: string;
  close(): Promise<void>;
}

const LOOPBACK: Place = { address: "127.0.0.1", command: [] };

/** Starts the servers, then the others; resolves when all of them work. */
export async function startInstallation(options: InstallationOptions): Promise<Installation> {
  const { folder, isCluster, onSurprise } = options;
  const { network, problem } = openNetwork();
  const linked = network === undefined ? [] : ["c3", "w3", ...(isCluster ? serverNames : [])];
  const placeOf = (name: string) => {
    if (network === undefined) return LOOPBACK;
    return linked.includes(name) ? network.place(name) : network.hub;
  };
  const servers = await chaosServers({ ...options, placeOf });
  const settings = JSON.stringify({ servers: servers.urls, replicas: isCluster ? 3 : 1 });
  const [handOverLog, executionLog] = [join(folder, "hand-overs.jsonl"), join(folder, "executions.jsonl")];
  for (const log of [handOverLog, executionLog]) writeFileSync(log, "");
  const actor = (name: string, script: string, args: readonly string[]) =>
    new Actor({
      name,
      place: placeOf(name),
      onSurprise,
      ipc: true,
      ready: /^ready$/m,
      command: [process.execPath, join(import.meta.dirname, script), name, settings, ...args],
      env: { CHAOS_EXECUTIONS: executionLog },
    });
  const coordinators = coordinatorNames.map((name) => actor(name, "coordinator-process.mjs", []));
  const workers = workerNames.map((name) => actor(name, "worker-process.mjs", [handOverLog]));
  const all = [...servers.actors, ...coordinators, ...workers];
  for (const group of [servers.actors, [...coordinators, ...workers]]) {
    for (const one of group) one.start();
    await Promise.all(group.map((one) => one.ready));
  }
  return {
    servers,
    coordinators,
    workers,
    settings,
    linked,
    networkProblem: problem,
    handOverLog,
    executionLog,
    close: async () => {
      await Promise.all(all.map((one) => one.kill()));
      network?.close();
    },
  };
}

function openNetwork(): { network?: Network; problem?: string } {
  try {
    return { network: Network.open() };
  } catch (error) {
    return { problem: String((error as Error).message).split("\n")[0] ?? "" };
  }
}
