import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startNode } from "../support/process.ts";

const root = new URL("../../", import.meta.url);
const path = (name: string) => fileURLToPath(new URL(name, root));
// Below examples/, so that the packages are found; in node_modules, so that nothing else looks at it.
const folder = path(`examples/node_modules/.guide-${process.pid}/`);

interface Block {
  /** Of the file that it is written to, without extension. */
  readonly name: string;
  readonly code: string;
  /** What the page says that it prints. */
  readonly output: string | undefined;
}

/** @param page its path in the repository @param name of its blocks */
function blocksOf(page: string, name: string): readonly Block[] {
  const text = readFileSync(path(page), "utf8");
  const found = text.matchAll(/```ts\n([\s\S]*?)```\n(?:\nIt prints:\n\n```text\n([\s\S]*?)```)?/g);
  return [...found].map(([, code = "", output], i) => ({ name: `${name}-${i + 1}`, code, output }));
}

const guide = readdirSync(path("docs/guide")).filter((page) => page.endsWith(".md"));
const packages = readdirSync(path("packages"));
const blocks = [
  ...guide.flatMap((page) => blocksOf(`docs/guide/${page}`, page.replace(".md", ""))),
  ...packages.flatMap((name) => blocksOf(`packages/${name}/README.md`, `readme-${name}`)),
];

/** Compiles all blocks at once; throws with the compiler's words. */
function compileBlocks(): void {
  mkdirSync(folder, { recursive: true });
  for (const { name, code } of blocks) writeFileSync(`${folder}${name}.ts`, `${code}\nexport {};\n`);
  writeFileSync(`${folder}package.json`, '{ "type": "module" }');
  const compilerOptions = {
    composite: false,
    declaration: false,
    declarationMap: false,
    sourceMap: false,
    outDir: "out",
    customConditions: [],
    rootDir: ".",
  };
  const config = { extends: path("tsconfig.base.json"), compilerOptions, include: ["*.ts"], exclude: [] };
  writeFileSync(`${folder}tsconfig.json`, JSON.stringify(config));
  try {
    execFileSync(process.execPath, [path("node_modules/typescript/bin/tsc"), "-p", folder], { encoding: "utf8" });
  } catch (error) {
    throw new Error((error as { stdout?: string }).stdout ?? String(error), { cause: error });
  }
}

describe("the code of the guide, and of the packages' READMEs", () => {
  beforeAll(compileBlocks, 60_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("there is some, and it compiles", () => {
    expect(blocks.length).toBeGreaterThan(8);
  });

  test.each(blocks.filter(({ output }) => output !== undefined))(
    "$name prints what the page says",
    async ({ name, output }) => {
      await using child = startNode(`${folder}out/${name}.js`);
      expect(await child.ended).toEqual({ code: 0, signal: null });
      expect(child.stderr).toBe("");
      expect(child.stdout).toBe(output);
    },
  );
});
