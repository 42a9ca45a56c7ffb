import { mkdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ROOT, runCompiler } from "../errors/compiler.ts";

/**
 * How many type instantiations the compiler makes for a canvas, above what its task definitions cost. The count is exact for
 * the same code and compiler, so that a limit never flickers.
 */
const FOLDER = path.join(ROOT, "node_modules/.cache/type-cost", String(process.pid));
/** As a user's compiler sees the package: its built declarations, which are not checked anew for each case. */
const compilerOptions = { customConditions: [] };
const IMPORT = `import { any, chain, choose, eq, flow, group, loop, map, race, settled, t, task, type Failure, type Ref } from "@arpeggio/core";\n`;

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
    JSON.stringify({ extends: path.join(ROOT, "tsconfig.json"), compilerOptions, include: ["case.ts"], exclude: [] }),
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

/** A selector with so many values, and a case for each. */
const choiceOf = (count: number): string => `const pick = task("pick", (x: { id: number }): ${names(count)
  .map((name) => `"${name}"`)
  .join(" | ")} => "t0");
export const c = choose(pick, { ${names(count)
  .map((name) => `${name}: ${name}`)
  .join(", ")} });
export const d = pick.select((key) => ({ key, id: 1 })).choose((x) => x.key, { ${names(count)
  .map((name) => `${name}: ${name}`)
  .join(", ")} });\n`;
/** Every handler on every step of a chain. */
const guardedOf = (count: number): string => `const h = task("h", (failure: Failure) => failure.error.message);
const u = task("u", (done: { error: { code: string } }) => done.error.code);
const e = task("e", (end: { ok: boolean }) => end.ok);
export const c = chain(${names(count)
  .map((name) => `${name}.compensate(u).onError(h).finally(e)`)
  .join(", ")});\n`;
/** Each of these in each other, three times. */
const nestedOf = (): string => `const same = task("same", (x: { id: number; done: boolean }) => x);
const c1 = race([loop(same, { until: (x) => x.done, max: 3 }), same.when((x) => x.done, same)]);
const c2 = any({ x: c1, y: same.recover(task("r", (failure: Failure) => ({ id: 1, done: failure.error.code === "" }))) });
const c3 = race([c2, loop(c2, { until: (x) => x.done, max: 3 })]).choose((x) => x.done, { true: c1, false: c2 });
export const c = settled(group([c3, settled([c3, map(c3)])]));\n`;

test.each([
  ["race-200", fan(200), `export const c = race([${names(200).join(", ")}]);\n`, 14_000],
  ["settled-200", fan(200), `export const c = settled(group([${names(200).join(", ")}]));\n`, 19_000],
  ["choose-50-twice", fan(50), choiceOf(50), 12_000],
  ["handlers-50-times-3", stairs(50), guardedOf(50), 22_000],
  ["composites-nested", fan(2), nestedOf(), 12_000],
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
