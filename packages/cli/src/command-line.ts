import { readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { controlCommands } from "./control-commands.ts";
import { coordinatorCommand } from "./coordinator-command.ts";
import { deadLettersCommand } from "./dead-letters-command.ts";
import { reportError } from "./error-report.ts";
import { exitCodes } from "./exit-codes.ts";
import { natsCommand } from "./nats-command.ts";
import { redriveCommand } from "./redrive-command.ts";
import { runCommand } from "./run-command.ts";
import { runsCommand } from "./runs-command.ts";
import { statusCommand } from "./status-command.ts";
import { workerCommand } from "./worker-command.ts";

const EPILOGUE = `
Environment:
  ARPEGGIO_SERVERS, _PREFIX, _CREDS, _NKEY, _USER, _TLS_CA, _TLS_CERT, _TLS_KEY, _INBOX_PREFIX
                     defaults of the options of the same names
  ARPEGGIO_MODULES   what --module says, separated by commas
  ARPEGGIO_PASSWORD  password of --user
  ARPEGGIO_TOKEN     token, where the server wants one

Exit codes:
  0  done
  1  the run failed or was cancelled, what was asked for is not there, or the server cannot be reached
  2  the command line, a module or the input is wrong

Example:
  arpeggio coordinator &
  arpeggio worker ./dist/tasks.js --concurrency 20 &
  arpeggio run picture '{"url": "https://example.org/a.png"}' --module ./dist/workflows.js --follow
`;

/** Runs one command. @param args without the program's name. @returns the exit code. */
export async function runCommandLine(args: readonly string[]): Promise<number> {
  try {
    await program().parseAsync([...args], { from: "user" });
    return exitCodes.ok;
  } catch (error) {
    // Commander has said what is wrong; --help and --version come here, too, with 0.
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
    return reportError(error, args.includes("--verbose"));
  }
}

function program(): Command {
  const root = new Command("arpeggio")
    .description("Runs workflows on NATS: starts workers, coordinators and runs.")
    .version(version())
    .addHelpText("after", EPILOGUE);
  const commands = [
    workerCommand(),
    coordinatorCommand(),
    runCommand(),
    statusCommand(),
    runsCommand(),
    ...controlCommands(),
    redriveCommand(),
    deadLettersCommand(),
    natsCommand(),
  ];
  for (const command of commands) root.addCommand(command);
  const nested = commands.flatMap((command) => command.commands);
  for (const command of [root, ...commands, ...nested]) command.exitOverride().showHelpAfterError("(see --help)");
  return root;
}

function version(): string {
  const text = readFileSync(new URL("../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}
