/**
 * The client's half of a measurement, the same for every system: warm up, wait for the word, do the workload against
 * the clock, check every result, report.
 *
 * Speaks with `measurement.mjs` over the process's message channel: `ready` →, ← `go`, `done` with metrics or `failed` →.
 */
import { payload } from "./payload.mjs";
import { median, quantile } from "./statistics.mjs";

/**
 * @typedef {object} Operations what a system's client can do
 * @property {(payloads: readonly object[]) => Promise<readonly object[]>} tasks a run of one task each; results in any order
 * @property {(value: object) => Promise<object>} one
 * @property {(value: object, length: number) => Promise<object>} chain each step adds 1
 * @property {(payloads: readonly object[]) => Promise<object>} chord a task each, then a body that sums their results
 */

/** Runs the workload that the environment names. @param {Operations} operations */
export async function runClient(operations) {
  const { kind, sizes, warmUpTasks } = JSON.parse(process.env.BENCH_WORKLOAD ?? "{}");
  process.on("disconnect", () => process.exit(1));
  try {
    await warmUp(operations, kind, { ...sizes, warmUpTasks });
    const go = new Promise((resolve) => process.once("message", resolve));
    process.send({ kind: "ready" });
    await go;
    const metrics = await measures[kind](operations, { iterations: 1, ...sizes });
    process.send({ kind: "done", metrics });
  } catch (error) {
    process.send({ kind: "failed", error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  }
}

/**
 * The workload, unmeasured, until so many tasks have been done, at once at most as many as it has; a quarter of it without
 * `warmUpTasks`. It compiles the hot functions on both sides and opens what is opened on first use.
 */
async function warmUp(operations, kind, { count = 1, length = 1, warmUpTasks }) {
  const tasks = warmUpTasks ?? (kind === "chain" ? length : Math.ceil(count / 4) * length);
  const all = Math.ceil(tasks / length);
  for (let done = 0; done < all; done += count) {
    await measures[kind](operations, { count: Math.min(count, all - done), length, iterations: 1 });
  }
}

const measures = {
  async tasks(operations, { count, iterations }) {
    const inputs = payloads(count);
    const totalMs = await medianMs(
      iterations,
      () => operations.tasks(inputs),
      (results) => {
        check(results.length, count, "number of results");
        check(sumOf(results), sumOf(inputs), "sum of the results");
      },
    );
    return { tasksPerS: count / (totalMs / 1000), totalMs };
  },

  async latency(operations, { count }) {
    const allMs = [];
    for (let v = 0; v < count; v += 1) {
      const { ms, value } = await timed(() => operations.one(payload(v)));
      check(value.v, v, "result of one task");
      allMs.push(ms);
    }
    return { p50Ms: quantile(allMs, 0.5), p90Ms: quantile(allMs, 0.9), p99Ms: quantile(allMs, 0.99) };
  },

  async chain(operations, { length, iterations }) {
    const totalMs = await medianMs(
      iterations,
      () => operations.chain(payload(0), length),
      ({ v }) => {
        check(v, length, "result of a chain");
      },
    );
    return { totalMs };
  },

  async chains(operations, { count, length, iterations }) {
    const inputs = payloads(count);
    const startAll = () => Promise.all(inputs.map((input) => operations.chain(input, length)));
    const totalMs = await medianMs(iterations, startAll, (results) => {
      for (const [index, { v }] of results.entries()) check(v, index + length, `result of chain ${index}`);
    });
    return { stepsPerS: (count * length) / (totalMs / 1000), totalMs };
  },

  async chord(operations, { count, iterations }) {
    const inputs = payloads(count);
    const totalMs = await medianMs(
      iterations,
      () => operations.chord(inputs),
      ({ v }) => {
        check(v, sumOf(inputs), "sum of a chord");
      },
    );
    return { totalMs, tasksPerS: count / (totalMs / 1000) };
  },
};

async function medianMs(iterations, run, checkResult) {
  const allMs = [];
  for (let i = 0; i < iterations; i += 1) {
    const { ms, value } = await timed(run);
    checkResult(value);
    allMs.push(ms);
  }
  return median(allMs);
}

async function timed(run) {
  const startedMs = performance.now();
  const value = await run();
  return { ms: performance.now() - startedMs, value };
}

function payloads(count) {
  return Array.from({ length: count }, (_, v) => payload(v));
}

function sumOf(values) {
  return values.reduce((sum, { v }) => sum + v, 0);
}

function check(value, expected, what) {
  if (value !== expected) throw new Error(`${what} is ${value}, expected ${expected}`);
}
