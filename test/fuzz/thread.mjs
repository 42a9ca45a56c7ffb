/** Gives one group its records, and tells the main thread which of them it is at. */
import { parentPort, workerData } from "node:worker_threads";

const { bundle, name, progress, ...options } = workerData;
const { fuzz, groups } = await import(bundle);
const group = groups.find((one) => one.name === name);
const at = new Int32Array(progress);
const onRecord = (record) => Atomics.store(at, 0, record);
parentPort.postMessage(await fuzz(group, { ...options, onRecord }));
