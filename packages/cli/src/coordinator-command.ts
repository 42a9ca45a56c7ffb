import { createApp, runUntilSignal } from "arpeggio";
import { Command } from "commander";
import { lineLogger } from "./line-logger.ts";
import { serverTransport, withServerOptions } from "./server-options.ts";
import type { ServerOptions } from "./server-options.ts";

interface CoordinatorCommandOptions extends ServerOptions {
  readonly name: string;
  readonly verbose?: boolean;
}

/** `arpeggio coordinator` */
export function coordinatorCommand(): Command {
  const command = new Command("coordinator")
    .description("move runs forward until SIGTERM or SIGINT; start several, and they share the partitions")
    .option("--name <name>", "begins the name of its connection", "coordinator")
    .option("--verbose", "log more, and print stacks of errors");
  return withServerOptions(command).action(runCoordinator);
}

async function runCoordinator(options: CoordinatorCommandOptions): Promise<void> {
  const log = lineLogger(options.verbose === true);
  const app = await createApp({ transport: serverTransport(options), roles: ["coordinator"], name: options.name, log });
  log.info("ready");
  await runUntilSignal(app, { onSignal: (signal) => log.info(`${signal}: handing over (again to end at once)`) });
}
