import { readFileSync } from "node:fs";
import type { NatsOptions } from "@arpeggio/transport-nats";
import type { Command } from "commander";
import { ArgumentInvalidError } from "./cli-errors.ts";

/** How to sign in and whom to trust. Secrets themselves come from files and the environment: everybody can see arguments. */
export interface AccessFlags {
  readonly creds?: string;
  readonly nkey?: string;
  readonly user?: string;
  readonly tlsCa?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly inboxPrefix?: string;
}

/** Adds them to a command. */
export function withAccessFlags(command: Command): Command {
  const { env } = process;
  return command
    .option("--creds <file>", "NATS credentials file", env["ARPEGGIO_CREDS"])
    .option("--nkey <file>", "file with the seed of an nkey", env["ARPEGGIO_NKEY"])
    .option("--user <name>", "user; the password is in ARPEGGIO_PASSWORD", env["ARPEGGIO_USER"])
    .option("--tls-ca <file>", "certificate of the authority that signed the server's", env["ARPEGGIO_TLS_CA"])
    .option("--tls-cert <file>", "certificate of this client", env["ARPEGGIO_TLS_CERT"])
    .option("--tls-key <file>", "its key", env["ARPEGGIO_TLS_KEY"])
    .option("--inbox-prefix <subject>", "beginning of reply subjects", env["ARPEGGIO_INBOX_PREFIX"]);
}

/** The same as options of `nats()`. @throws ArgumentInvalidError for a file that cannot be read. */
export function accessOptions(flags: AccessFlags): NatsOptions {
  const { creds, nkey, user, inboxPrefix } = flags;
  const { ARPEGGIO_PASSWORD: pass, ARPEGGIO_TOKEN: token } = process.env;
  const tls = tlsOptions(flags);
  return {
    ...(creds === undefined ? {} : { credentials: contentOf("--creds", creds) }),
    ...(nkey === undefined ? {} : { nkey: contentOf("--nkey", nkey).trim() }),
    ...(user === undefined ? {} : { user }),
    ...(user === undefined || pass === undefined ? {} : { pass }),
    ...(token === undefined ? {} : { token }),
    ...(tls === undefined ? {} : { tls }),
    ...(inboxPrefix === undefined ? {} : { inboxPrefix }),
  };
}

function tlsOptions({ tlsCa, tlsCert, tlsKey }: AccessFlags): NatsOptions["tls"] {
  if (tlsCa === undefined && tlsCert === undefined && tlsKey === undefined) return undefined;
  return {
    ...(tlsCa === undefined ? {} : { ca: contentOf("--tls-ca", tlsCa) }),
    ...(tlsCert === undefined ? {} : { cert: contentOf("--tls-cert", tlsCert) }),
    ...(tlsKey === undefined ? {} : { key: contentOf("--tls-key", tlsKey) }),
  };
}

function contentOf(flag: string, file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    throw new ArgumentInvalidError(flag, file, "a file that can be read");
  }
}
