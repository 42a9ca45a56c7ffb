/**
 * @typedef {object} Goal
 * @property {string} workload
 * @property {string} system
 * @property {string} title for the table
 * @property {string} [baseline] compares with this system; without one, `limit` is in the row's own unit
 * @property {"times" | "faster"} [ratio] value / baseline, or its inverse
 * @property {">=" | "<="} is
 * @property {number} limit
 * @property {(measurement: import("./measurement.mjs").Measurement) => number} valueOf
 * @property {string} unit
 */
import { workloads } from "./workloads.mjs";

/** The rows of the table. @type {readonly Goal[]} */
export const goals = [
  againstBullmq("W1", { ratio: "times", is: ">=", limit: 1.8 }),
  againstBullmq("W2", { ratio: "times", is: "<=", limit: 1.4 }),
  againstBullmq("W3a", { ratio: "times", is: "<=", limit: 1.15 }),
  againstBullmq("W3b", { ratio: "times", is: ">=", limit: 3 }),
  againstBullmq("W4-1k", { ratio: "faster", is: ">=", limit: 3 }),
  againstBullmq("W4-10k", { ratio: "faster", is: ">=", limit: 3.5 }),
  {
    workload: "W4-10k",
    system: "arpeggio",
    title: "coordinator's peak memory in it",
    is: "<=",
    limit: 150,
    valueOf: (measurement) => measurement.peakMb.coordinator,
    unit: "MB",
  },
  alone("W1", { is: ">=", limit: 50_000 }),
  alone("W3a", { is: "<=", limit: 5 }),
];

function againstBullmq(id, goal) {
  const { title, unit, metric } = workloadOf(id);
  const valueOf = (measurement) => measurement.metrics[metric];
  return { workload: id, system: "arpeggio", baseline: "bullmq", title, unit, valueOf, ...goal };
}

function alone(id, goal) {
  const { title, unit, metric } = workloadOf(id);
  const valueOf = (measurement) => measurement.metrics[metric];
  return { workload: id, system: "embedded", title: `${title}, embedded`, unit, valueOf, ...goal };
}

function workloadOf(id) {
  const workload = workloads.find((candidate) => candidate.id === id);
  if (workload === undefined) throw new Error(`no workload ${id}`);
  return workload;
}
