import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { transformWithOxc } from "vite";
import { ROOT, runCompiler } from "../errors/compiler.ts";
import { startNatsServer, type NatsServer } from "../support/nats-server.ts";
import { startNode } from "../support/process.ts";

// What the README shows is what happens.

const readme = readFileSync(join(ROOT, "README.md"), "utf8");
const example = readFileSync(join(ROOT, "examples/02-chord/main.ts"), "utf8");

/** The first fenced block of a language behind a text. */
function blockAfter(text: string, language: string): string {
  const at = readme.indexOf(text);
  const block = new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``).exec(readme.slice(at));
  if (at < 0 || block?.[1] === undefined) throw new Error(`the README has no ${language} block behind '${text}'`);
  return block[1];
}

const output = blockAfter("It prints", "text");
let server: NatsServer;
let folder: string;

beforeAll(async () => {
  server = await startNatsServer();
  folder = mkdtempSync(join(ROOT, "test/docs/readme-"));
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

async function run(source: string): Promise<string> {
  const { code } = await transformWithOxc(source, "main.ts");
  const script = join(folder, "main.mjs");
  writeFileSync(script, code);
  const program = startNode(script, [], { env: { ARPEGGIO_SERVERS: server.url } });
  const { code: exit } = await program.ended;
  expect(program.stderr).toBe("");
  expect(exit).toBe(0);
  return program.stdout;
}

test("the chord is the example, and prints what it says", async () => {
  expect(blockAfter("## A chord", "ts")).toBe(example);
  expect(await run(example)).toBe(output);
});

test("on NATS it prints the same, with the lines changed as shown", async () => {
  const lines = blockAfter("## On NATS", "diff").trimEnd().split("\n");
  let changed = example;
  let place = 0;
  for (const line of lines) {
    const text = `${line.slice(1)}\n`;
    if (line.startsWith("-")) place = changed.indexOf(text);
    if (place < 0) throw new Error(`the example does not have the line ${line}`);
    const removed = line.startsWith("-") ? text.length : 0;
    const added = removed > 0 ? "" : text;
    changed = changed.slice(0, place) + added + changed.slice(place + removed);
    place += added.length;
  }
  expect(changed).toContain("nats({ servers");
  expect(await run(changed)).toBe(output);
});

test("the compile error reads as shown", async () => {
  const program = join(folder, "wrong.ts");
  writeFileSync(program, `${example}\nchain(sentences, report);\n`);
  const options =
    "--ignoreConfig --noEmit --strict --target ES2024 --module NodeNext --skipLibCheck --types node --customConditions @arpeggio/source";
  const said = await runCompiler(...options.split(" "), "--rewriteRelativeImportExtensions", program);
  expect(said.trim().split("\n")).toHaveLength(1);
  const message = blockAfter("A step that does not fit", "text").trim();
  expect(said).toContain(message.replace(/\s*\n\s*/g, " "));
});
