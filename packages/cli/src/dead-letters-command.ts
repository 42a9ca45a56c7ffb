import { createApp } from "arpeggio";
import type { DeadLetter, DeadLetterDetail, DeadLetters } from "arpeggio";
import { Command, Option } from "commander";
import { wholeNumber } from "./flag-values.ts";
import { serverTransport, withServerOptions } from "./server-options.ts";
import type { ServerOptions } from "./server-options.ts";
import { say, sayLines, tell } from "./terminal.ts";
import { resultText } from "./update-lines.ts";

interface ListOptions extends ServerOptions {
  readonly source?: string;
  readonly code?: string;
  readonly limit?: string;
  readonly json?: boolean;
}

interface ShowOptions extends ServerOptions {
  readonly raw?: boolean;
}

/** `unknown`: what is set aside does not decode itself. */
const SOURCES = ["events", "attempts", "states", "leases", "graphs", "results", "control", "unknown"];

/** `arpeggio dead-letters list|show|requeue|drop` */
export function deadLettersCommand(): Command {
  const command = new Command("dead-letters").description("look at what was set aside, hand it on again, or drop it");
  const list = new Command("list")
    .description("list dead letters, newest first")
    .addOption(new Option("--source <source>", "only those found there").choices(SOURCES))
    .option("--code <code>", "only those with this code, such as RECORD_UNDECODABLE")
    .option("--limit <n>", "how many at most", "100")
    .option("--json", "print them as JSON");
  const show = new Command("show")
    .description("show one with its bytes")
    .argument("<id>")
    .option("--raw", "write nothing but the bytes to standard output");
  const requeue = new Command("requeue")
    .description("queue attempts, or append events, again")
    .argument("<id...>", "ids as list prints them");
  const drop = new Command("drop").description("forget dead letters").argument("<id...>", "ids as list prints them");
  command.addCommand(withServerOptions(list).action(listLetters));
  command.addCommand(withServerOptions(show).action(showLetter));
  command.addCommand(withServerOptions(requeue).action(requeueLetters));
  command.addCommand(withServerOptions(drop).action(dropLetters));
  return command;
}

async function listLetters(options: ListOptions): Promise<void> {
  const { source, code, json } = options;
  const limit = wholeNumber("--limit", String(options.limit), 1);
  const filter = { limit, ...(source === undefined ? {} : { source }), ...(code === undefined ? {} : { code }) };
  const found = await withLetters(options, (letters) => letters.list(filter));
  if (json === true) say(resultText(found));
  else if (found.length === 0) tell("no dead letters");
  else sayLines(found.map(lineOf));
}

async function showLetter(id: string, options: ShowOptions): Promise<void> {
  const letter = await withLetters(options, (letters) => letters.show(id));
  if (options.raw === true) process.stdout.write(letter.bytes);
  else say(detailOf(letter));
}

function requeueLetters(ids: readonly string[], options: ServerOptions): Promise<void> {
  return withLetters(options, async (letters) => {
    for (const id of ids) {
      const { kind, run } = await letters.requeue(id);
      say(`${id}: the ${kind} of run ${run} ${kind === "attempt" ? "is queued" : "is in the log"} again`);
    }
  });
}

function dropLetters(ids: readonly string[], options: ServerOptions): Promise<void> {
  return withLetters(options, async (letters) => {
    for (const id of ids) {
      await letters.drop(id);
      say(`${id}: dropped`);
    }
  });
}

async function withLetters<T>(options: ServerOptions, use: (letters: DeadLetters) => Promise<T>): Promise<T> {
  const app = await createApp({ transport: serverTransport(options), roles: ["client"], name: "cli" });
  try {
    return await use(app.deadLetters);
  } finally {
    await app.close();
  }
}

function lineOf({ id, code, message, atMs, sizeBytes }: DeadLetter): string {
  return `${new Date(atMs).toISOString()} ${id} ${code} (${sizeBytes} bytes) ${message}`;
}

function detailOf(letter: DeadLetterDetail): string {
  const { bytes, record, atMs, ...rest } = letter;
  const lines = Object.entries({ ...rest, at: new Date(atMs).toISOString() }).map(
    ([name, value]) => `${name}: ${value}`,
  );
  if (record !== undefined) lines.push(`record: ${resultText(record)}`);
  lines.push(`bytes (base64): ${Buffer.from(bytes).toString("base64")}`);
  return lines.join("\n");
}
