import { mkdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ROOT, runCompiler } from "../errors/compiler.ts";

/**
 * How many type instantiations the compiler makes for a canvas, above what its task definitions cost. The count is exact for
 * the same code and compiler, so that a limit never flickers.
 */
const FOLDER = path.join(ROOT, "node_modules/.cache/type-cost", String(process.pid));
const IMPORT = `import { chain, eq, flow, group, map, t, task, type Ref } from "@arpeggio/core";\n`;

const numbers = (count: number): readonly number[] => Array.from({ length: count }, (_, i) => i);
const names = (count: number): readonly string[] => numbers(count).map((i) => `t${i}`);

/** Each takes what the one before gives. */
function stairs(count: number): string {
  return numbers(count)
    .map(
      (i) =>
        `declare const f${i}: (x: { a${i}: string; id: number }) => { a${i + 1}: string; id: number };\nconst t${i} = task("t.n${i}", f${i});\n`,
    )
    .join("");
}
/** All take the same and give something of their own. */
function fan(count: number): string {
  return numbers(count)
    .map(
      (i) => `declare const f${i}: (x: { id: number }) => { r${i}: string };\nconst t${i} = task("t.n${i}", f${i});\n`,
    )
    .join("");
}

async function instantiations(name: string, source: string): Promise<number> {
  const folder = path.join(FOLDER, name);
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, "case.ts"), `${IMPORT}${source}\nexport {};\n`);
  await writeFile(
    path.join(folder, "tsconfig.json"),
    JSON.stringify({ extends: path.join(ROOT, "tsconfig.json"), include: ["case.ts"], exclude: [] }),
  );
  const output = await runCompiler("-p", folder, "--extendedDiagnostics");
  expect(output).not.toContain("error TS");
  const count = /^Instantiations:\s+(\d+)/m.exec(output)?.[1];
  if (count === undefined) throw new Error(`the compiler gave no count: ${output}`);
  return Number(count);
}

async function cost(name: string, tasks: string, canvas: string): Promise<number> {
  const [base, all] = [await instantiations(`${name}-tasks`, tasks), await instantiations(name, tasks + canvas)];
  return all - base;
}

beforeAll(() => mkdir(FOLDER, { recursive: true }));
afterAll(() => rm(FOLDER, { recursive: true, force: true }));

const chainOf = (count: number): string => `export const c = chain(${names(count).join(", ")});\n`;
const pipeOf = (count: number): string =>
  `export const c = t0${names(count)
    .slice(1)
    .map((name) => `.pipe(${name})`)
    .join("")};\n`;

/** Each step reads the one before, and compares something of it. */
const flowOf = (count: number): string => `export const c = flow((input: Ref<{ a0: string; id: number }>, step) => {
  const s0 = step(t0, input);
${names(count)
  .slice(1)
  .map((name, i) => `  const s${i + 1} = step(${name}, { a${i + 1}: s${i}.a${i + 1}, id: s${i}.id });\n`)
  .join("")}  return { last: s${count - 1}, same: eq(s0.id, s${count - 1}.id) };
});\n`;
const schemaOf = (count: number): string =>
  `export const s = t.object({ ${numbers(count)
    .map((i) => `f${i}: ${i % 2 === 0 ? "t.string()" : "t.optional(t.array(t.int()))"}`)
    .join(", ")} });\nexport const u = task("t.u", { input: s }, (x) => x.f0);\n`;

test.each([
  ["flow-50", stairs(50), flowOf(50), 20_000],
  ["flow-200", stairs(200), flowOf(200), 80_000],
  ["t-100", "", schemaOf(100), 10_000],
  ["chain-50", stairs(50), chainOf(50), 5_000],
  ["chain-200", stairs(200), chainOf(200), 20_000],
  ["pipe-50", stairs(50), pipeOf(50), 5_000],
  ["group-200", fan(200), `export const c = group([${names(200).join(", ")}]);\n`, 15_000],
  [
    "group-200-named",
    fan(200),
    `export const c = group({ ${names(200)
      .map((name) => `${name}: ${name}`)
      .join(", ")} });\n`,
    15_000,
  ],
  ["map-6-deep", fan(1), "export const c = map(map(map(map(map(map(t0))))));\n", 1_000],
])("%s stays within its budget", { timeout: 60_000 }, async (name, tasks, canvas, budget) => {
  const count = await cost(name, tasks, canvas);
  expect(count).toBeLessThanOrEqual(budget);
  expect(count).toBeGreaterThan(0);
});
