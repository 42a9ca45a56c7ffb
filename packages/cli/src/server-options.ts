import type { TransportProvider } from "@arpeggio/core";
import { nats, type NatsOptions } from "@arpeggio/transport-nats";
import type { Command } from "commander";
import { accessOptions, withAccessFlags, type AccessFlags } from "./access-flags.ts";
import { tell } from "./terminal.ts";

/** The options that say where the server is, and how to sign in. */
export interface ServerOptions extends AccessFlags {
  readonly servers: string;
  readonly prefix?: string;
}

const SERVERS = "nats://127.0.0.1:4222";

/** Adds them to a command. */
export function withServerOptions(command: Command): Command {
  const withPlace = command
    .option("--servers <urls>", "NATS servers, separated by commas", process.env["ARPEGGIO_SERVERS"] ?? SERVERS)
    .option("--prefix <name>", "prefix of streams, buckets and subjects", process.env["ARPEGGIO_PREFIX"]);
  return withAccessFlags(withPlace);
}

/** @throws OptionInvalidError, ArgumentInvalidError if a file cannot be read. */
export function serverTransport(options: ServerOptions): TransportProvider {
  return nats(natsOptions(options));
}

/** The same as options of `nats()`. @throws ArgumentInvalidError if a file cannot be read. */
export function natsOptions(options: ServerOptions): NatsOptions {
  const { servers, prefix } = options;
  return {
    servers: listIn(servers),
    ...(prefix === undefined ? {} : { prefix }),
    ...accessOptions(options),
    onWarning: (message) => tell(`warning: ${message}`),
  };
}

/** What is separated by commas. */
export function listIn(text: string): readonly string[] {
  return text
    .split(",")
    .map((one) => one.trim())
    .filter((one) => one !== "");
}
