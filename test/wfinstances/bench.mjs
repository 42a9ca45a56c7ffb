/**
 * How much longer recorded workflows take than their longest path, with more workers than tasks: what the engine adds.
 *
 *   pnpm bench:wfinstances                          on both transports
 *   pnpm bench:wfinstances --folder some/folder     other files in WfFormat
 *   pnpm bench:wfinstances --seconds 10             how long the longest path of each takes
 *   pnpm bench:wfinstances --goal 1.15              fails if one takes longer, as a multiple of that
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { createApp, embedded, nats } from "arpeggio";
import { createProcessGroup } from "../bench/process-group.mjs";
import { natsServerProgram, startNats } from "../bench/servers/nats.mjs";
import { recordedFlow } from "./recorded-flow.mjs";
import { criticalSeconds, recordedWorkflow } from "./recorded-workflow.mjs";

const { values } = parseArgs({
  options: {
    folder: { type: "string", default: join(import.meta.dirname, "data") },
    transports: { type: "string", default: "embedded,nats" },
    seconds: { type: "string", default: "5" },
    goal: { type: "string", default: "1.15" },
  },
});
const [seconds, goal] = [Number(values.seconds), Number(values.goal)];
if (!(seconds > 0) || !(goal > 1)) throw new Error("--seconds and --goal are numbers, the goal above 1");
const files = readdirSync(values.folder).filter((file) => file.endsWith(".json"));

for (const transport of values.transports.split(",")) {
  const group = createProcessGroup();
  const servers = transport === "nats" ? await startNats(group, await natsServerProgram()) : undefined;
  const app = await createApp({ transport: servers ? nats({ servers }) : embedded(), concurrency: 10_000 });
  try {
    // The first run pays for what is done once.
    await timeOf(app, files[0], 0.1);
    for (const file of files) report(transport, file, await timeOf(app, file, seconds));
  } finally {
    await app.close();
    await group.close();
  }
}

async function timeOf(app, file, criticalPathSeconds) {
  const recorded = recordedWorkflow(JSON.parse(readFileSync(join(values.folder, file), "utf8")));
  const msPerSecond = (criticalPathSeconds * 1_000) / criticalSeconds(recorded);
  const { canvas } = recordedFlow(recorded, { msPerSecond });
  const beganMs = performance.now();
  await (await app.run(canvas)).result();
  return { tasks: recorded.tasks.length, ms: performance.now() - beganMs };
}

function report(transport, file, { tasks, ms }) {
  const ratio = ms / (seconds * 1_000);
  if (ratio > goal) process.exitCode = 1;
  const verdict = ratio > goal ? `, over the goal of ${goal}` : "";
  console.log(
    `${transport.padEnd(8)} ${file}: ${tasks} tasks in ${(ms / 1_000).toFixed(3)} s, ${ratio.toFixed(4)} of the longest path${verdict}`,
  );
}
