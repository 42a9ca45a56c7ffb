/**
 * @typedef {object} Workload
 * @property {string} id
 * @property {"tasks" | "latency" | "chain" | "chains" | "chord"} kind what the client does; see `client-loop.mjs`
 * @property {string} title for the table
 * @property {string} metric which of the client's metrics counts
 * @property {string} unit of that metric
 * @property {readonly string[]} systems which ones run it, the engine first
 * @property {Sizes} full
 * @property {Sizes} quick small enough for CI: shows that results are right, not how fast they come
 * @property {number} limitS a measurement that takes longer than this has failed
 *
 * @typedef {object} Sizes
 * @property {number} [count] tasks, chains or chord members
 * @property {number} [length] tasks in a chain
 * @property {number} [iterations] repeats inside one client, which reports their median; 1 by default
 */

const both = ["arpeggio", "bullmq"];

/** Every workload. The payload is about 100 bytes of JSON, and every result is checked. @type {readonly Workload[]} */
export const workloads = [
  {
    id: "W1",
    kind: "tasks",
    title: "one-task runs",
    metric: "tasksPerS",
    unit: "tasks/s",
    systems: [...both, "embedded"],
    full: { count: 20_000, iterations: 3 },
    quick: { count: 1000 },
    limitS: 300,
  },
  {
    id: "W2",
    kind: "latency",
    title: "one task after another, p50",
    metric: "p50Ms",
    unit: "ms",
    systems: both,
    full: { count: 2000 },
    quick: { count: 100 },
    limitS: 120,
  },
  {
    id: "W3a",
    kind: "chain",
    title: "one chain of 100",
    metric: "totalMs",
    unit: "ms",
    systems: [...both, "embedded"],
    full: { length: 100, iterations: 15 },
    quick: { length: 20 },
    limitS: 120,
  },
  {
    id: "W3b",
    kind: "chains",
    title: "200 chains of 10 at once",
    metric: "stepsPerS",
    unit: "steps/s",
    systems: both,
    full: { count: 200, length: 10, iterations: 5 },
    quick: { count: 20, length: 10 },
    limitS: 180,
  },
  {
    id: "W4-1k",
    kind: "chord",
    title: "chord of 1,000",
    metric: "totalMs",
    unit: "ms",
    systems: both,
    full: { count: 1000, iterations: 5 },
    quick: { count: 100 },
    limitS: 180,
  },
  {
    id: "W4-10k",
    kind: "chord",
    title: "chord of 10,000",
    metric: "totalMs",
    unit: "ms",
    systems: both,
    full: { count: 10_000 },
    quick: { count: 1000 },
    limitS: 180,
  },
];
