import type { RunStatus } from "arpeggio";
import { Command } from "commander";
import { withClientApp } from "./client-app.ts";
import { wholeNumber } from "./flag-values.ts";
import { withServerOptions } from "./server-options.ts";
import type { ServerOptions } from "./server-options.ts";
import { say, sayLines } from "./terminal.ts";
import { resultText, statusLines } from "./update-lines.ts";

interface StatusCommandOptions extends ServerOptions {
  readonly nodes: string;
  readonly json?: boolean;
}

/** `arpeggio status <run>` */
export function statusCommand(): Command {
  const command = new Command("status")
    .description(
      "show a run as it stands, and what each open node waits for; of one that has ended, what its nodes came to",
    )
    .argument("<run>", "the run's id")
    .option("--nodes <n>", "how many nodes to tell of", "100")
    .option("--json", "print it as JSON");
  return withServerOptions(command).action(showStatus);
}

async function showStatus(run: string, options: StatusCommandOptions): Promise<void> {
  const nodesMax = wholeNumber("--nodes", options.nodes, 0);
  const status = await withClientApp(options, (app) => app.attach(run).status({ nodesMax }));
  if (options.json === true) say(resultText(status));
  else sayLines(linesOf(status));
}

function linesOf(status: RunStatus): readonly string[] {
  const { id, workflow, startedAtMs, endedAtMs, failure, labels } = status;
  const [first = "", ...nodes] = statusLines(status);
  const lines = [`run ${id}${workflow === undefined ? "" : ` of '${workflow}'`} ${first}`, ...nodes];
  if (startedAtMs !== undefined) lines.push(`started ${new Date(startedAtMs).toISOString()}`);
  if (endedAtMs !== undefined) lines.push(`ended ${new Date(endedAtMs).toISOString()}`);
  if (status.redriveOf !== undefined) lines.push(`goes on with ${status.redriveOf}`);
  for (const [name, value] of Object.entries(labels)) lines.push(`label ${name}: ${value}`);
  if (failure !== undefined) lines.push(`failure ${failure.code} ${failure.message}`);
  return lines;
}
