/** In a thread of its own: simulates one seed after another, and tells of each what did not hold. */
import { parentPort, workerData } from "node:worker_threads";

const { bundle, seeds } = workerData;
const { simulateSeed } = await import(bundle);
for (const seed of seeds) parentPort.postMessage({ violations: await violationsOf(seed) });

async function violationsOf(seed) {
  try {
    return (await simulateSeed(seed)).violations;
  } catch (error) {
    return [`the simulation ends with ${String(error)}`];
  }
}
