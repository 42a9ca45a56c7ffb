import { mkdirSync } from "node:fs";
import { cpus } from "node:os";
import { createProcessGroup } from "./process-group.mjs";
import { machineCpuSeconds } from "./process-stats.mjs";

/**
 * @typedef {object} Measurement one workload on one system, with fresh servers, workers and client
 * @property {string} workload
 * @property {string} system
 * @property {number} round
 * @property {string} [error] why it failed; then the rest is missing
 * @property {Record<string, number>} metrics as the client reports them
 * @property {Record<string, number>} cpuS CPU seconds of each role while the clock ran
 * @property {Record<string, number>} peakMb the most memory each role has had resident, start and warm-up included, in MB
 * @property {number} others how much of the machine other processes used meanwhile, 0 to 1
 * @property {Record<string, string>} versions
 */

/** Tasks before the clock runs: so many that doing more of them makes neither system faster. */
export const warmUpTasks = 10_000;

const current = new Set();

/** Ends what a measurement under way has started. */
export async function stopMeasurements() {
  await Promise.all([...current].map((group) => group.close()));
}

/**
 * Never throws: a failure is a measurement with an `error`.
 *
 * @param {{ workload: import("./workloads.mjs").Workload, name: string, system: object, round: number, isQuick: boolean, isCold: boolean, profileFolder?: string }} what
 * @returns {Promise<Measurement>}
 */
export async function measure({ workload, name, system, round, isQuick, isCold, profileFolder }) {
  const sizes = isQuick ? workload.quick : workload.full;
  const warmUp = isQuick || isCold ? {} : { warmUpTasks };
  const result = { workload: workload.id, system: name, round, sizes, ...warmUp, versions: system.versions };
  if (profileFolder !== undefined) mkdirSync(profileFolder, { recursive: true });
  const group = createProcessGroup({ profileFolder });
  current.add(group);
  try {
    const env = await system.start(group);
    const order = JSON.stringify({ kind: workload.kind, sizes, ...warmUp });
    const client = await group.startNode("client", system.client, { ...env, BENCH_WORKLOAD: order });

    const before = group.cpuSeconds();
    const machineBefore = machineCpuSeconds();
    const startedMs = performance.now();
    const ended = group.nextMessage(client, workload.limitS * 1000);
    client.child.send({ kind: "go" });
    const message = await ended;
    const machineS = (cpus().length * (performance.now() - startedMs)) / 1000;
    const busyS = machineCpuSeconds() - machineBefore;
    const after = group.cpuSeconds();
    if (message.kind !== "done") throw new Error(message.error);
    const cpuS = Object.fromEntries(Object.entries(after).map(([role, s]) => [role, s - (before[role] ?? 0)]));
    const ownS = Object.values(cpuS).reduce((sum, s) => sum + s, 0);
    const others = Math.min(1, Math.max(0, (busyS - ownS) / machineS));
    return { ...result, metrics: message.metrics, cpuS, peakMb: group.peakMb(), others };
  } catch (error) {
    return { ...result, error: error.message };
  } finally {
    current.delete(group);
    await group.close();
  }
}
