import { token } from "@arpeggio/core";
import { createApp, ResultTimedOutError } from "arpeggio";
import type { App, RunHandle } from "arpeggio";
import { Command } from "commander";
import { WorkflowNotFoundError } from "./cli-errors.ts";
import { exitCodes } from "./exit-codes.ts";
import { jsonInput } from "./json-input.ts";
import { moduleFiles, withModules } from "./module-files.ts";
import { serverTransport, withServerOptions } from "./server-options.ts";
import type { ServerOptions } from "./server-options.ts";
import { say, tell, tellLines } from "./terminal.ts";
import { resultText, statusLines, updateLines } from "./update-lines.ts";
import { canvasNamed, exportedCanvases, namesIn } from "./user-modules.ts";

/** After so long without a result, people want to know why, in milliseconds. */
const TELL_MS = 3_000;

interface RunCommandOptions extends ServerOptions {
  readonly module?: readonly string[];
  readonly id?: string;
  readonly follow?: boolean;
  readonly detach?: boolean;
  readonly verbose?: boolean;
}

/** `arpeggio run <workflow> [input]` */
export function runCommand(): Command {
  const command = new Command("run")
    .description("start a run, wait for its end, and print the result as JSON")
    .argument("<workflow>", "name of a workflow or task, or of an export, of the modules")
    .argument("[input]", "the input as JSON")
    .option("--id <id>", "the run's id; the same id and input again give the same run")
    .option("--follow", "print what happens, on standard error")
    .option("--detach", "print the run's id when the start is durable, and do not wait")
    .option("--verbose", "print stacks of errors");
  return withServerOptions(withModules(command)).action(startRun);
}

async function startRun(name: string, inputText: string | undefined, options: RunCommandOptions): Promise<void> {
  // Here rather than by `run()`, so that a wrong id shows whether a server can be reached or not.
  if (options.id !== undefined) token("run id", options.id);
  const input = inputText === undefined ? undefined : jsonInput(inputText);
  const canvases = await exportedCanvases(moduleFiles(options.module));
  const canvas = canvasNamed(canvases, name);
  if (canvas === undefined) throw new WorkflowNotFoundError(name, namesIn(canvases));
  const app = await createApp({ transport: serverTransport(options), roles: ["client"], name: "cli" });
  try {
    const run = await (app as UntypedApp).run(canvas, input, options.id === undefined ? {} : { id: options.id });
    if (options.detach === true) say(run.id);
    else await finish(run, options.follow === true);
  } finally {
    await app.close();
  }
}

/** The modules' types are not known here. */
type UntypedApp = Omit<App, "run"> & {
  run(canvas: unknown, input: unknown, options: object): Promise<RunHandle<unknown>>;
};

async function finish(run: RunHandle<unknown>, isFollowed: boolean): Promise<void> {
  process.once("SIGINT", () => {
    tell(`run ${run.id} goes on; 'arpeggio status ${run.id}' shows it, 'arpeggio cancel ${run.id}' ends it`);
    process.exit(exitCodes.interrupted);
  });
  if (isFollowed) {
    tell(`run ${run.id}`);
    for await (const update of run.events()) tellLines(updateLines(update));
  }
  say(resultText(await patientResult(run)));
}

/** The result; on the way, what the run waits for, whenever that has changed. */
async function patientResult(run: RunHandle<unknown>): Promise<unknown> {
  for (let told = ""; ;) {
    try {
      return await run.result({ timeoutMs: TELL_MS });
    } catch (error) {
      if (!(error instanceof ResultTimedOutError)) throw error;
    }
    const text = statusLines(await run.status()).join("\n");
    if (text !== told) tell(`run ${run.id} ${text}`);
    told = text;
  }
}
