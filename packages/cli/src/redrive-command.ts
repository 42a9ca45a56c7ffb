import { createInterface } from "node:readline/promises";
import { token } from "@arpeggio/core";
import type { AnyCanvas, RedriveOptions, RedrivePaths } from "arpeggio";
import { Command } from "commander";
import { withClientApp } from "./client-app.ts";
import { ArgumentInvalidError, WorkflowNotFoundError } from "./cli-errors.ts";
import { moduleFiles, withModules } from "./module-files.ts";
import { withServerOptions } from "./server-options.ts";
import type { ServerOptions } from "./server-options.ts";
import { say, tell, tellLines } from "./terminal.ts";
import { canvasNamed, exportedCanvases, namesIn } from "./user-modules.ts";

interface RedriveCommandOptions extends ServerOptions {
  readonly from?: string;
  readonly workflow?: string;
  readonly module?: readonly string[];
  readonly id?: string;
  readonly yes?: boolean;
}

/** How many paths of a kind are printed. */
const PATHS_SHOWN = 20;

/** `arpeggio redrive <run>` */
export function redriveCommand(): Command {
  const command = new Command("redrive")
    .description("go on with a run that has ended, as a new run that keeps what succeeded")
    .argument("<run>", "the run's id")
    .option("--from <node>", "run this node again, and all that comes after it; needed for a run that succeeded")
    .option("--workflow <name>", "go on with another version of the workflow")
    .option("--id <id>", "the new run's id")
    .option("--yes", "do not ask before it is carried out");
  return withServerOptions(withModules(command)).action(redrive);
}

async function redrive(run: string, options: RedriveCommandOptions): Promise<void> {
  const { from, id } = options;
  if (id !== undefined) token("run id", id);
  const workflow = await workflowFor(options);
  const settings: RedriveOptions = {
    ...(from === undefined ? {} : { from }),
    ...(id === undefined ? {} : { id }),
    ...(workflow === undefined ? {} : { workflow }),
  };
  await withClientApp(options, async (app) => {
    const plan = await app.planRedrive(run, settings);
    tellLines(planLines(plan));
    if (!plan.isComplete) tell("not all results of the run were kept: more runs again than has to");
    if (options.yes !== true && !(await isWanted())) {
      tell("nothing was started");
      return;
    }
    say((await plan.start()).id);
  });
}

async function workflowFor({ workflow, module }: RedriveCommandOptions): Promise<AnyCanvas | undefined> {
  if (workflow === undefined) {
    if (module === undefined) return undefined;
    throw new ArgumentInvalidError("--workflow", undefined, "with --module");
  }
  const canvases = await exportedCanvases(moduleFiles(module));
  const canvas = canvasNamed(canvases, workflow);
  if (canvas === undefined) throw new WorkflowNotFoundError(workflow, namesIn(canvases));
  return canvas;
}

function planLines({ kept, rerun, new: added, gone }: RedrivePaths): readonly string[] {
  const kinds = { kept, "runs again": rerun, new: added, gone };
  return Object.entries(kinds).flatMap(([kind, paths]) => {
    const more = paths.length > PATHS_SHOWN ? [`  … and ${paths.length - PATHS_SHOWN} more`] : [];
    const shown = paths.slice(0, PATHS_SHOWN).map((path) => `  ${path}`);
    return paths.length === 0 ? [] : [`${kind}: ${paths.length}`, ...shown, ...more];
  });
}

async function isWanted(): Promise<boolean> {
  if (!process.stdin.isTTY) throw new ArgumentInvalidError("--yes", undefined, "where nobody can be asked");
  const dialogue = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await dialogue.question("Start it? [y/N] ")).trim());
  } finally {
    dialogue.close();
  }
}
