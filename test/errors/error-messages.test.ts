import { readFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { ROOT, runCompiler } from "./compiler.ts";

const FOLDER = path.join(import.meta.dirname, "wrong");

interface Message {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly text: string;
}

/** `file(line,column): error TS…: text`, and the indented lines that belong to it. */
function messagesIn(output: string): readonly Message[] {
  const messages: Message[] = [];
  for (const line of output.split("\n")) {
    const match = /^(.+?)\((\d+),(\d+)\): error (TS.*)$/.exec(line);
    const last = messages.at(-1);
    if (match) {
      const [, file = "", row, column, text = ""] = match;
      messages.push({ file: path.basename(file), line: Number(row), column: Number(column), text });
    } else if (line.startsWith(" ") && last) messages[messages.length - 1] = { ...last, text: `${last.text}\n${line}` };
    else if (line !== "") throw new Error(`the compiler said something else: ${line}`);
  }
  return messages;
}

/** The wrong programs, each line followed by what the compiler says about it and where. */
function annotated(source: string, messages: readonly Message[]): string {
  return source
    .split("\n")
    .flatMap((line, i) => [
      line,
      ...messages
        .filter((message) => message.line === i + 1)
        .map((message) => `${" ".repeat(message.column - 1)}^ ${message.text}`),
    ])
    .slice(source.split("\n").findIndex((line) => line.startsWith("//:")))
    .join("\n");
}

const output = await runCompiler("-p", path.relative(ROOT, FOLDER));
const all = messagesIn(output);

describe.each([
  ["programs.ts", "messages.txt"],
  ["flows.ts", "flow-messages.txt"],
  ["composites.ts", "composite-messages.txt"],
])("%s", async (file, texts) => {
  const source = await readFile(path.join(FOLDER, file), "utf8");
  const messages = all.filter((message) => message.file === file);

  // To take over new texts: vitest run test/errors -u, and read the difference.
  test("wrong programs get these messages at these places", async () => {
    await expect(annotated(source, messages)).toMatchFileSnapshot(texts);
  });

  test("every wrong program is refused, and nothing else is", () => {
    const lines = source.split("\n");
    const marks = lines.flatMap((line, i) => (line.startsWith("//:") ? [i + 1] : []));
    const first = marks[0] ?? 0;
    const withMessage = new Set(messages.map((message) => marks.findLast((mark) => mark < message.line)));
    expect(messages.filter((message) => message.line < first)).toEqual([]);
    expect(marks.filter((mark) => !withMessage.has(mark)).map((mark) => lines[mark - 1])).toEqual([]);
  });
});

test("no message comes from giving up", () => {
  expect(output).not.toMatch(/TS2589|excessively deep/);
});
