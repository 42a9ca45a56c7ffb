import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, expect, test, vi } from "vitest";
import { ROOT, runCompiler } from "../errors/compiler.ts";

/** Pages whose TypeScript blocks are one program each, in the order of the page. */
const PAGES = ["docs/reference/language.md", "docs/reference/graph.md"];
const FOLDER = path.join(ROOT, "node_modules/.cache/documented-examples", String(process.pid));

afterAll(() => rm(FOLDER, { recursive: true, force: true }));

async function program(page: string): Promise<string> {
  const text = await readFile(path.join(ROOT, page), "utf8");
  const blocks = [...text.matchAll(/^```ts\n(.*?)^```$/gms)].map((match) => match[1]);
  expect(blocks.length).toBeGreaterThan(3);
  const file = path.join(FOLDER, `${path.basename(page, ".md")}.ts`);
  await mkdir(FOLDER, { recursive: true });
  await writeFile(file, `${blocks.join("\n")}\nexport {};\n`);
  return file;
}

test.each(PAGES)("the examples of %s compile and run", { timeout: 60_000 }, async (page) => {
  const file = await program(page);
  const config = path.join(FOLDER, "tsconfig.json");
  await writeFile(config, JSON.stringify({ extends: path.join(ROOT, "tsconfig.json"), include: [file], exclude: [] }));
  expect(await runCompiler("-p", config)).toBe("");

  const log = vi.spyOn(console, "log").mockImplementation(() => {});
  await import(/* @vite-ignore */ file);
  log.mockRestore();
});
