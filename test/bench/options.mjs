import { parseArgs } from "node:util";
import { workloads } from "./workloads.mjs";

export const usage = `node test/bench/main.mjs [options]

  --quick               small sizes, one round: shows that results are right, not how fast they come
  --workloads W1,W4     only these; a name stands for all that begin with it
  --systems a,b         of arpeggio, bullmq, embedded; all by default
  --rounds 3            how often each is measured; the table has the medians
  --cold                warms up with a quarter of each workload: most of it is done by code that V8 has not compiled yet
  --nats-cores 1        cores that nats-server uses, redis-server always uses one; "all" is nats-server's own default
  --require-goals       a missed goal is an error
  --profile             writes a CPU profile of every Node process to .bench/profiles
`;

const systemNames = ["arpeggio", "bullmq", "embedded"];

/** @throws with the usage when the options are not understood. */
export function parseOptions(args) {
  const { values } = parseArgs({
    args,
    options: {
      quick: { type: "boolean", default: false },
      workloads: { type: "string" },
      systems: { type: "string" },
      rounds: { type: "string" },
      "nats-cores": { type: "string", default: "1" },
      cold: { type: "boolean", default: false },
      "require-goals": { type: "boolean", default: false },
      profile: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.quick && values["require-goals"]) throw new Error("--require-goals needs the full sizes, not --quick");
  const rounds = Number(values.rounds ?? (values.quick || values.profile ? 1 : 3));
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error(`--rounds is ${values.rounds}; it takes 1 or more`);
  return {
    isQuick: values.quick,
    isCold: values.cold,
    natsCores: chosenCores(values["nats-cores"]),
    isHelp: values.help,
    isGoalRequired: values["require-goals"],
    isProfiled: values.profile,
    rounds,
    workloads: chosenWorkloads(values.workloads),
    systems: chosenSystems(values.systems),
  };
}

function chosenCores(text) {
  if (text === "all") return undefined;
  if (/^[1-9]\d*$/.test(text)) return Number(text);
  throw new Error(`--nats-cores is ${text}; it takes a number from 1 on, or all`);
}

function chosenWorkloads(text) {
  if (text === undefined) return workloads;
  const prefixes = text.split(",");
  for (const prefix of prefixes) {
    if (workloads.some(({ id }) => id.startsWith(prefix))) continue;
    throw new Error(`--workloads: no workload ${prefix}; there are ${workloads.map(({ id }) => id).join(", ")}`);
  }
  return workloads.filter(({ id }) => prefixes.some((prefix) => id.startsWith(prefix)));
}

function chosenSystems(text) {
  const names = text === undefined ? systemNames : text.split(",");
  const unknown = names.find((name) => !systemNames.includes(name));
  if (unknown !== undefined) throw new Error(`--systems: no system ${unknown}; there are ${systemNames.join(", ")}`);
  return systemNames.filter((name) => names.includes(name));
}
