/** Measures the engine beside BullMQ in the same run; see `docs/operate/benchmarks.md`. */
import { appendFileSync, existsSync, mkdirSync } from "node:fs";
import { cpus } from "node:os";
import { dirname, join } from "node:path";
import { measure, stopMeasurements, warmUpTasks } from "./measurement.mjs";
import { parseOptions, usage } from "./options.mjs";
import { formatCpu, formatRows, rowsOf } from "./report.mjs";
import { median } from "./statistics.mjs";

const benchFolder = join(dirname(dirname(import.meta.dirname)), ".bench");
const startedAt = new Date().toISOString().replaceAll(":", "-").slice(0, 19);

async function main() {
  const options = parseOptions(process.argv.slice(2));
  if (options.isHelp) return console.log(usage);
  if (!existsSync("/proc/self/stat")) throw new Error("the benchmark reads /proc, so it runs on Linux only");

  const systems = await prepareSystems(options);
  const measurements = await measureAll(options, systems);

  const rows = options.isQuick ? withoutGoals(rowsOf(measurements)) : rowsOf(measurements);
  const failures = measurements.filter((one) => one.error !== undefined);
  console.log(`\n${formatRows(rows)}\n\nCPU seconds and peak memory by role\n\n${formatCpu(measurements)}`);
  console.log(`\n${options.rounds} round(s), ${cpus().length} cores, ${describeVersions(systems)}`);
  console.log(describeOthers(measurements));
  console.log(describeWarmUp(options));
  if (systems.has("arpeggio")) console.log(`nats-server used ${options.natsCores ?? "all"} core(s).`);
  if (options.isQuick)
    console.log("Quick sizes: values and ratios say little; what counts is that the results are right.");
  for (const { workload, system, error } of failures) console.error(`\n${workload} ${system} FAILED: ${error}`);

  if (failures.length > 0) process.exitCode = 1;
  if (options.isGoalRequired && rows.some((row) => row.isMet === false)) process.exitCode = 1;
}

async function prepareSystems({ systems, workloads, natsCores }) {
  const prepared = new Map();
  for (const name of systems) {
    if (!workloads.some((workload) => workload.systems.includes(name))) continue;
    const { prepare } = await import(`./systems/${name}/system.mjs`);
    prepared.set(name, await prepare({ natsCores }));
  }
  return prepared;
}

async function measureAll({ workloads, rounds, isQuick, isCold, isProfiled }, systems) {
  mkdirSync(join(benchFolder, "results"), { recursive: true });
  const file = join(benchFolder, "results", `${startedAt}.jsonl`);
  const measurements = [];
  for (const workload of workloads) {
    const names = workload.systems.filter((name) => systems.has(name));
    for (let round = 0; round < rounds; round += 1) {
      // Whoever goes first changes with every round, so that a change in the machine's speed touches all alike.
      for (const name of round % 2 === 0 ? names : names.toReversed()) {
        const folder = join(benchFolder, "profiles", `${startedAt}-${workload.id}-${name}-${round}`);
        const profileFolder = isProfiled ? folder : undefined;
        const system = systems.get(name);
        const measurement = await measure({ workload, name, system, round, isQuick, isCold, profileFolder });
        measurements.push(measurement);
        appendFileSync(file, `${JSON.stringify({ at: new Date().toISOString(), ...measurement })}\n`);
        const shown = measurement.error === undefined ? describeMetrics(measurement.metrics) : "FAILED";
        console.error(`${workload.id.padEnd(7)} ${name.padEnd(9)} round ${round + 1}: ${shown}`);
      }
    }
  }
  return measurements;
}

function describeMetrics(metrics) {
  return Object.entries(metrics)
    .map(([name, value]) => `${name} ${value.toFixed(value < 10 ? 2 : 0)}`)
    .join(", ");
}

function withoutGoals(rows) {
  return rows.map((row) => ({ ...row, goal: "", isMet: undefined }));
}

/** Absolute values say something only on a machine that has nothing else to do. */
function describeOthers(measurements) {
  const shares = measurements.filter(({ error }) => error === undefined).map(({ others }) => others);
  if (shares.length === 0) return "";
  const percent = (share) => `${(share * 100).toFixed(0)} %`;
  return `Other processes used ${percent(median(shares))} of the machine (median), ${percent(Math.max(...shares))} at most.`;
}

function describeWarmUp({ isQuick, isCold }) {
  if (isQuick || isCold) return "Each process was warmed up by a quarter of its workload only.";
  return `Each process was warmed up by ${warmUpTasks.toLocaleString("en-US")} tasks of its workload.`;
}

function describeVersions(systems) {
  const versions = Object.assign({ node: process.version }, ...[...systems.values()].map((system) => system.versions));
  return Object.entries(versions)
    .map(([name, version]) => `${name} ${version}`)
    .join(", ");
}

for (const signal of ["SIGINT", "SIGTERM"]) {
  process.once(signal, () => void stopMeasurements().finally(() => process.exit(signal === "SIGINT" ? 130 : 143)));
}

main().catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});
