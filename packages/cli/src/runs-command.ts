import type { ListedState, RunListOptions, RunSummary } from "arpeggio";
import { Command, Option } from "commander";
import { withClientApp } from "./client-app.ts";
import { labelIn, wholeNumber } from "./flag-values.ts";
import { ArgumentInvalidError } from "./cli-errors.ts";
import { withServerOptions } from "./server-options.ts";
import type { ServerOptions } from "./server-options.ts";
import { say, sayLines, tell } from "./terminal.ts";
import { resultText } from "./update-lines.ts";

interface RunsCommandOptions extends ServerOptions {
  readonly workflow?: string;
  readonly state?: ListedState;
  readonly label?: string;
  readonly since?: string;
  readonly limit: string;
  readonly after?: string;
  readonly json?: boolean;
}

const STATES = ["running", "paused", "succeeded", "failed", "cancelled"];

/** `arpeggio runs` */
export function runsCommand(): Command {
  const command = new Command("runs")
    .description("list runs, newest first: those under way, and those whose results are stored")
    .option("--workflow <name>", "only those of this workflow")
    .addOption(new Option("--state <state>", "only those in this state").choices(STATES))
    .option("--label <name=value>", "only those with this label")
    .option("--since <when>", "only those that have started since: a duration such as 2h, or a date")
    .option("--limit <n>", "how many at most", "100")
    .option("--after <next>", "go on behind a list, with what it has said to go on with")
    .option("--json", "print them as JSON");
  return withServerOptions(command).action(listRuns);
}

async function listRuns(options: RunsCommandOptions): Promise<void> {
  const { workflow, state, label, since, after } = options;
  const filter: RunListOptions = {
    limit: wholeNumber("--limit", options.limit, 1),
    ...(workflow === undefined ? {} : { workflow }),
    ...(state === undefined ? {} : { state }),
    ...(label === undefined ? {} : { label: labelIn(label) }),
    ...(since === undefined ? {} : { since: momentIn(since) }),
    ...(after === undefined ? {} : { after }),
  };
  const { runs, isWhole, next } = await withClientApp(options, (app) => app.runs.list(filter));
  if (options.json === true) say(resultText(runs));
  else sayLines(linesOf(runs));
  if (runs.length === 0) tell("no runs");
  if (!isWhole) tell(`there are more: ${next === undefined ? "see the conditions" : `--after ${next}`}`);
}

function momentIn(text: string): NonNullable<RunListOptions["since"]> {
  if (/^\d+(\.\d+)?(ms|s|m|h|d)$/.test(text)) return text as `${number}h`;
  const date = new Date(text);
  if (Number.isNaN(date.getTime())) throw new ArgumentInvalidError("--since", text, "a duration such as 2h, or a date");
  return date;
}

function linesOf(runs: readonly RunSummary[]): readonly string[] {
  const idWidth = runs.reduce((most, { id }) => Math.max(most, id.length), 0);
  return runs.map(({ id, state, workflow, startedAtMs, endedAtMs, labels, failure }) => {
    const took = endedAtMs === undefined ? "" : ` ${endedAtMs - startedAtMs} ms`;
    const said = Object.entries(labels).map(([name, value]) => ` ${name}=${value}`);
    const why = failure === undefined ? "" : ` ${failure.code}`;
    const started = new Date(startedAtMs).toISOString();
    return `${id.padEnd(idWidth)} ${state.padEnd(9)} ${started} ${workflow}${took}${said.join("")}${why}`;
  });
}
