import { readFileSync } from "node:fs";
import type { TransportProvider } from "@arpeggio/core";
import { nats } from "@arpeggio/transport-nats";
import type { Command } from "commander";
import { ArgumentInvalidError } from "./cli-errors.ts";

/** The options that say where the server is. */
export interface ServerOptions {
  readonly servers: string;
  readonly prefix?: string;
  readonly creds?: string;
}

const SERVERS = "nats://127.0.0.1:4222";

/** Adds them to a command. */
export function withServerOptions(command: Command): Command {
  return command
    .option("--servers <urls>", "NATS servers, separated by commas", process.env["ARPEGGIO_SERVERS"] ?? SERVERS)
    .option("--prefix <name>", "prefix of streams, buckets and subjects", process.env["ARPEGGIO_PREFIX"])
    .option("--creds <file>", "NATS credentials file", process.env["ARPEGGIO_CREDS"]);
}

/** @throws OptionInvalidError, ArgumentInvalidError if the credentials cannot be read. */
export function serverTransport({ servers, prefix, creds }: ServerOptions): TransportProvider {
  return nats({
    servers: servers
      .split(",")
      .map((server) => server.trim())
      .filter((server) => server !== ""),
    ...(prefix === undefined ? {} : { prefix }),
    ...(creds === undefined ? {} : { credentials: credentialsIn(creds) }),
    onWarning: (message) => console.error(`warning: ${message}`),
  });
}

function credentialsIn(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    throw new ArgumentInvalidError("--creds", file, "a file that can be read");
  }
}
