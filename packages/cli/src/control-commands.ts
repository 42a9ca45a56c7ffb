import { Command } from "commander";
import { withClientApp } from "./client-app.ts";
import { collected, labelIn, wholeNumber } from "./flag-values.ts";
import { ArgumentInvalidError } from "./cli-errors.ts";
import { jsonInput } from "./json-input.ts";
import { withServerOptions } from "./server-options.ts";
import type { ServerOptions } from "./server-options.ts";
import { say, sayLines, tell, tellLines } from "./terminal.ts";

interface CancelOptions extends ServerOptions {
  readonly label?: string;
  readonly node?: readonly string[];
  readonly reason?: string;
  readonly compensate?: boolean;
  readonly limit: string;
}

interface SignalOptions extends ServerOptions {
  readonly id?: string;
}

/** `arpeggio cancel`, `pause`, `resume` and `signal` */
export function controlCommands(): readonly Command[] {
  const cancel = new Command("cancel")
    .description("end a run early, parts of it, or all runs with a label")
    .argument("[run]", "the run's id; without it, --label says which runs")
    .option("--label <name=value>", "runs with this label; with a run, its nodes with this label")
    .option("--node <path>", "only this node of the run; again for several", collected)
    .option("--reason <text>", "told in the failure")
    .option("--compensate", "undo first what has succeeded, by the compensations of the workflow")
    .option("--limit <n>", "of many runs: how many at most", "1000");
  const pause = new Command("pause")
    .description("let nothing more of a run begin; what is running goes on")
    .argument("<run>", "the run's id")
    .option("--reason <text>", "shown in the status");
  const resume = new Command("resume").description("let a paused run go on").argument("<run>", "the run's id");
  const signal = new Command("signal")
    .description("send a signal to a run that waits for it, or will")
    .argument("<run>", "the run's id")
    .argument("<name>", "the signal's name")
    .argument("[value]", "its value as JSON")
    .option("--id <id>", "a signal that is sent twice with one id counts once");
  return [
    withServerOptions(cancel).action(cancelRuns),
    withServerOptions(pause).action(pauseRun),
    withServerOptions(resume).action(resumeRun),
    withServerOptions(signal).action(sendSignal),
  ];
}

function cancelRuns(run: string | undefined, options: CancelOptions): Promise<void> {
  const { label, node, compensate = false } = options;
  const reason = options.reason === undefined ? {} : { reason: options.reason };
  if (run === undefined) return cancelMany(options, { ...reason, compensate });
  return withClientApp(options, async (app) => {
    const handle = app.attach(run);
    if (node === undefined && label === undefined) {
      say(`${run}: ${await handle.cancel({ ...reason, compensate })}`);
      return;
    }
    if (compensate) throw new ArgumentInvalidError("--compensate", "true", "a whole run, without --node and --label");
    if (node !== undefined) await handle.cancel({ nodes: node, ...reason });
    if (label !== undefined) await handle.cancel({ label: labelIn(label), ...reason });
    say(`${run}: asked to cancel ${node?.join(", ") ?? `nodes with ${label}`}`);
  });
}

async function cancelMany(
  options: CancelOptions,
  how: { readonly reason?: string; readonly compensate: boolean },
): Promise<void> {
  const { label, node } = options;
  if (label === undefined || node !== undefined)
    throw new ArgumentInvalidError("the run", undefined, "the id of a run, or --label without --node");
  const limit = wholeNumber("--limit", options.limit, 1);
  const outcome = await withClientApp(options, (app) => app.runs.cancel({ label: labelIn(label), limit }, how));
  sayLines(outcome.done.map(({ id, state }) => `${id}: ${state}`));
  tellLines(outcome.failed.map(({ id, code, message }) => `${id}: ${code} ${message}`));
  if (outcome.done.length + outcome.failed.length === 0) tell("no run under way has this label");
  if (!outcome.isWhole) tell("there are more: run it again");
  if (outcome.failed.length > 0) process.exitCode = 1;
}

function pauseRun(run: string, options: ServerOptions & { readonly reason?: string }): Promise<void> {
  return withClientApp(options, async (app) => {
    await app.attach(run).pause(options.reason);
    say(`${run}: paused`);
  });
}

function resumeRun(run: string, options: ServerOptions): Promise<void> {
  return withClientApp(options, async (app) => {
    await app.attach(run).resume();
    say(`${run}: resumed`);
  });
}

function sendSignal(run: string, name: string, text: string | undefined, options: SignalOptions): Promise<void> {
  const value = text === undefined ? null : jsonInput(text);
  return withClientApp(options, async (app) => {
    await app.attach(run).signal(name, value, options.id === undefined ? {} : { id: options.id });
    say(`${run}: '${name}' is sent`);
  });
}
