import { createApp, runUntilSignal } from "arpeggio";
import { Command } from "commander";
import { wholeNumber } from "./flag-values.ts";
import { lineLogger } from "./line-logger.ts";
import { serverTransport, withServerOptions } from "./server-options.ts";
import type { ServerOptions } from "./server-options.ts";

interface CoordinatorCommandOptions extends ServerOptions {
  readonly name: string;
  readonly lease?: string;
  readonly runsMax?: string;
  readonly verbose?: boolean;
}

/** `arpeggio coordinator` */
export function coordinatorCommand(): Command {
  const command = new Command("coordinator")
    .description("move runs forward until SIGTERM or SIGINT; start several, and they share the partitions")
    .option("--name <name>", "begins the name of its connection", "coordinator")
    .option("--lease <seconds>", "how long others wait for it before they take its partitions over (default: 3)")
    .option("--runs-max <n>", "how many runs it may have in hand before clients are refused (default: 500000)")
    .option("--verbose", "log more, and print stacks of errors");
  return withServerOptions(command).action(runCoordinator);
}

async function runCoordinator(options: CoordinatorCommandOptions): Promise<void> {
  const log = lineLogger(options.verbose === true);
  const { name, lease, runsMax } = options;
  const coordinator = {
    ...(lease === undefined ? {} : { leaseMs: wholeNumber("--lease", lease) * 1_000 }),
    ...(runsMax === undefined ? {} : { runsMax: wholeNumber("--runs-max", runsMax) }),
  };
  const app = await createApp({ transport: serverTransport(options), roles: ["coordinator"], name, coordinator, log });
  log.info("ready");
  await runUntilSignal(app, { onSignal: (signal) => log.info(`${signal}: handing over (again to end at once)`) });
}
