import { resolve } from "node:path";
import { createApp, nats } from "arpeggio";
import type { App } from "arpeggio";
import { imageTasks } from "@arpeggio/tasks-image/worker";
import { parseCommandLine, USAGE } from "./command-line.ts";
import type { CommandLine } from "./command-line.ts";
import { folderProblem, pictureFiles } from "./picture-folder.ts";
import { gallery } from "./pipeline.ts";
import { RoleProcess } from "./processes.ts";
import { progressOn } from "./progress.ts";
import type { ProgressSink } from "./progress.ts";
import { followProgress } from "./run-progress.ts";
import { makeSamplePictures } from "./sample-pictures.ts";
import { summaryText } from "./summary.ts";
import { galleryTasks } from "./tasks.ts";

const BAD_USE = 2;
const SIGNALS = ["SIGINT", "SIGTERM"] as const;

/** The command. Gives the exit code: 0, 1 when the run failed, 2 when it was called wrongly. */
async function main(args: readonly string[]): Promise<number> {
  const command = parseCommandLine(args);
  if (typeof command === "string") return refuse(`${command}\n\n${USAGE}`);
  if (command.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  const folder = command.folder ?? (await sampleFolder());
  const problem = await folderProblem(folder, command.out);
  if (problem !== undefined) return refuse(`${problem}\n`);
  try {
    const progress = progressOn(process.stderr);
    return await withApp(command, progress, (app) => makeGallery(app, progress, { folder, out: command.out }));
  } catch (error) {
    const hint = error instanceof Error && "hint" in error ? `\n${String(error.hint)}` : "";
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}${hint}\n`);
    return 1;
  }
}

function refuse(text: string): number {
  process.stderr.write(text);
  return BAD_USE;
}

async function sampleFolder(): Promise<string> {
  const folder = resolve("out/pictures");
  const count = await makeSamplePictures(folder);
  process.stdout.write(
    `${count} sample files are in ${folder}; two of them are broken, to show what becomes of such.\n`,
  );
  return folder;
}

/** Runs `use` with an app: everything in this process, or a client of processes that this one starts and ends. */
async function withApp<T>(
  { nats: servers }: CommandLine,
  progress: ProgressSink,
  use: (app: App) => Promise<T>,
): Promise<T> {
  if (servers === undefined) {
    await using app = await createApp({ tasks: [...imageTasks(), ...galleryTasks] });
    return await use(app);
  }
  await using app = await createApp({ transport: nats({ servers }), roles: ["client"], name: "gallery-client" });
  const processes = (["coordinator", "worker"] as const).map(
    (role) => new RoleProcess(role, servers, (text) => progress.note(text)),
  );
  try {
    for (const one of processes) await one.start();
    return await use(app);
  } finally {
    await Promise.all(processes.map((one) => one.stop()));
  }
}

async function makeGallery(app: App, progress: ProgressSink, input: { folder: string; out: string }): Promise<number> {
  const startedMs = performance.now();
  const run = await app.workflow(gallery).run(input);
  const interrupt = () => void run.cancel("interrupted").catch(() => {});
  for (const signal of SIGNALS) process.once(signal, interrupt);

  const following = followProgress(run.events(), await pictureFiles(input.folder), progress);
  try {
    const { report, sheet } = await run.result();
    await following;
    const seconds = (performance.now() - startedMs) / 1000;
    process.stdout.write(summaryText(report, { sheet: "path" in sheet.source ? sheet.source.path : "", seconds }));
    return 0;
  } finally {
    for (const signal of SIGNALS) process.removeListener(signal, interrupt);
    await following.catch(() => {});
  }
}

process.exitCode = await main(process.argv.slice(2));
