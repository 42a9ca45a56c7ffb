import { createApp, runUntilSignal } from "arpeggio";
import { Command } from "commander";
import { wholeNumber } from "./flag-values.ts";
import { lineLogger } from "./line-logger.ts";
import { serverTransport, withServerOptions } from "./server-options.ts";
import type { ServerOptions } from "./server-options.ts";
import { exportedCanvases, runnableIn } from "./user-modules.ts";

interface WorkerCommandOptions extends ServerOptions {
  readonly queues?: string;
  readonly concurrency?: string;
  readonly name: string;
  readonly drainTimeout?: string;
  readonly verbose?: boolean;
}

/** `arpeggio worker <module…>` */
export function workerCommand(): Command {
  const command = new Command("worker")
    .description("run the tasks that modules export, until SIGTERM or SIGINT; a second signal ends it at once")
    .argument("<module...>", "JavaScript modules; every task, and every task in an exported canvas, is taken")
    .option("--queues <names>", "queues to read, separated by commas (default: those of the tasks)")
    .option("--concurrency <n>", "how many attempts to run side by side (default: 10)")
    .option("--drain-timeout <seconds>", "how long to wait for running attempts at the end (default: 30)")
    .option("--name <name>", "begins the worker's id", "worker")
    .option("--verbose", "log more, and print stacks of errors");
  return withServerOptions(command).action(runWorker);
}

async function runWorker(modules: readonly string[], options: WorkerCommandOptions): Promise<void> {
  const log = lineLogger(options.verbose === true);
  const { canvases, names } = runnableIn(await exportedCanvases(modules), modules);
  const { queues, concurrency, drainTimeout } = options;
  const app = await createApp({
    transport: serverTransport(options),
    roles: ["worker"],
    tasks: canvases,
    name: options.name,
    log,
    ...(queues === undefined ? {} : { queues: queues.split(",").map((queue) => queue.trim()) }),
    ...(concurrency === undefined ? {} : { concurrency: wholeNumber("--concurrency", concurrency) }),
    ...(drainTimeout === undefined ? {} : { drainTimeoutMs: wholeNumber("--drain-timeout", drainTimeout) * 1_000 }),
  });
  log.info(`ready: ${names.join(", ")}`);
  await runUntilSignal(app, { onSignal: (signal) => log.info(`${signal}: draining (again to end at once)`) });
}
