import { natsRoles, permissionsFor, provisionNats } from "@arpeggio/transport-nats";
import type { NatsPermissions, NatsRole, ProvisionOptions } from "@arpeggio/transport-nats";
import { Command } from "commander";
import { ArgumentInvalidError } from "./cli-errors.ts";
import { listIn, natsOptions, withServerOptions } from "./server-options.ts";
import type { ServerOptions } from "./server-options.ts";
import { say } from "./terminal.ts";

interface PermissionsFlags {
  readonly role: string;
  readonly queues?: string;
  readonly prefix?: string;
  readonly clientId?: string;
  readonly format: string;
}

interface InitFlags extends ServerOptions {
  readonly queues?: string;
  readonly ackWait?: string;
  readonly partitions?: string;
  readonly replicas?: string;
  readonly storage?: string;
}

/** `arpeggio nats …`: what an administrator of the server needs. */
export function natsCommand(): Command {
  const command = new Command("nats").description(
    "prepare a NATS server: permissions of its users, streams and queues",
  );
  command.addCommand(permissionsCommand());
  command.addCommand(initCommand());
  return command;
}

function permissionsCommand(): Command {
  return new Command("permissions")
    .description("print the least permissions that a user of the server needs; connects to nothing")
    .requiredOption("--role <names>", `${natsRoles.join(", ")}; several separated by commas`)
    .option("--queues <names>", "of a worker: the queues that it may read, separated by commas")
    .option("--prefix <name>", "prefix of streams, buckets and subjects", process.env["ARPEGGIO_PREFIX"])
    .option("--client-id <id>", "keeps the replies to this user from others of its role")
    .option("--format <format>", "conf, for the server's configuration, or json", "conf")
    .action(printPermissions);
}

function printPermissions({ role, queues, prefix, clientId, format }: PermissionsFlags): void {
  if (format !== "conf" && format !== "json") throw new ArgumentInvalidError("--format", format, "conf or json");
  const permissions = permissionsFor({
    role: listIn(role) as readonly NatsRole[],
    ...(queues === undefined ? {} : { queues: listIn(queues) }),
    ...(prefix === undefined ? {} : { prefix }),
    ...(clientId === undefined ? {} : { clientId }),
  });
  say(format === "json" ? JSON.stringify(permissions, undefined, 2) : configurationText(permissions));
}

function configurationText({ publish, subscribe, inboxPrefix }: NatsPermissions): string {
  const list = ({ allow }: { readonly allow: readonly string[] }) =>
    allow.map((subject) => `    ${JSON.stringify(subject)}`).join("\n");
  return [
    `# Needs --inbox-prefix ${inboxPrefix} (ARPEGGIO_INBOX_PREFIX, or the option inboxPrefix of nats()).`,
    "permissions {",
    `  publish { allow: [\n${list(publish)}\n  ] }`,
    `  subscribe { allow: [\n${list(subscribe)}\n  ] }`,
    "}",
  ].join("\n");
}

function initCommand(): Command {
  const command = new Command("init")
    .description("create the streams and buckets, and queues if named, so that other users need no right to")
    .option("--queues <names>", "queues to create, separated by commas")
    .option("--ack-wait <seconds>", "the longest ackWaitMs of a worker of these queues (default: 30)")
    .option("--partitions <n>", "into how many shares runs are divided (default: 4)")
    .option("--replicas <n>", "copies of every stream in a cluster: 1, 3 or 5")
    .option("--storage <kind>", "file or memory");
  return withServerOptions(command).action(initialise);
}

async function initialise(flags: InitFlags): Promise<void> {
  const { queues, ackWait, partitions, replicas, storage } = flags;
  const options: Record<string, unknown> = { ...natsOptions(flags) };
  if (queues !== undefined) options["queues"] = listIn(queues);
  if (ackWait !== undefined) options["ackWaitMs"] = numberIn("--ack-wait", ackWait) * 1_000;
  if (partitions !== undefined) options["partitions"] = numberIn("--partitions", partitions);
  if (replicas !== undefined) options["replicas"] = numberIn("--replicas", replicas);
  if (storage !== undefined) options["storage"] = storage;
  const { streams, consumers } = await provisionNats(options as ProvisionOptions);
  for (const name of streams) say(`stream ${name}`);
  for (const name of consumers) say(`consumer ${name}`);
}

function numberIn(flag: string, text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text.trim()) && Number.isSafeInteger(value)) return value;
  throw new ArgumentInvalidError(flag, text, "a whole number");
}
