import { builtinModules } from "node:module";
import { describe, expect, test } from "vitest";
import { isPackageSource, read, repositoryFiles } from "./source-files.ts";
import { importsOf, nodesOf, stringOf, syntaxNodes } from "./syntax.ts";

interface Manifest {
  readonly name: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

/** Where a package's folder is, and what ARCHITECTURE.md lets it depend on. */
interface Row {
  readonly name: string;
  readonly allowed: readonly string[];
}

/** Reads the table between the two marks: package, own packages, others; names stand in backticks. */
function packageTable(): readonly Row[] {
  const table = /<!-- packages: begin -->(.*)<!-- packages: end -->/s.exec(read("ARCHITECTURE.md"))?.[1] ?? "";
  const rows = table.split("\n").filter((line) => line.startsWith("| `"));
  return rows.map((row) => {
    const [, name = "", , own = "", others = ""] = row.split("|");
    const names = (cell: string) => [...cell.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? "");
    return { name: names(name)[0] ?? "", allowed: [...names(own), ...names(others)].sort() };
  });
}

const files = repositoryFiles();
const folders = files.flatMap((path) => /^(packages\/[^/]+)\/package\.json$/.exec(path)?.[1] ?? []);
const manifests = new Map(folders.map((folder) => [folder, JSON.parse(read(`${folder}/package.json`)) as Manifest]));
const table = packageTable();

/** The package an import leads to: `sharp/lib/x` is of `sharp`; undefined for files and for Node's own modules. */
function packageOf(source: string): string | undefined {
  if (source.startsWith(".") || source.startsWith("node:") || builtinModules.includes(source)) return undefined;
  const parts = source.split("/");
  return source.startsWith("@") ? `${parts[0]}/${parts[1]}` : parts[0];
}

function packagesImportedBy(paths: readonly string[]): readonly string[] {
  const names = paths.flatMap((path) => importsOf(syntaxNodes(path)).map(packageOf));
  return [...new Set(names.filter((name) => name !== undefined))].sort();
}

/** Those of `names` from which a string names a file, such as the font file that a program looks up and loads. */
function filesNamedIn(paths: readonly string[], names: readonly string[]): readonly string[] {
  const strings = paths.flatMap((path) => syntaxNodes(path).map(stringOf));
  return names.filter((name) => strings.some((text) => text?.startsWith(`${name}/`) === true));
}

test("ARCHITECTURE.md lists every package", () => {
  expect(table.map((row) => row.name).sort()).toEqual([...manifests.values()].map(({ name }) => name).sort());
});

describe.each(folders)("%s", (folder) => {
  const manifest = manifests.get(folder);
  const allowed = table.find((row) => row.name === manifest?.name)?.allowed ?? [];
  const own = files.filter((path) => path.startsWith(`${folder}/`));

  test("declares what ARCHITECTURE.md lists", () => {
    const declared = { ...manifest?.dependencies, ...manifest?.peerDependencies };
    expect(Object.keys(declared).sort()).toEqual(allowed);
  });

  test("imports what ARCHITECTURE.md lists", () => {
    const sources = own.filter(isPackageSource);
    const imported = packagesImportedBy(sources).filter((name) => name !== manifest?.name);
    expect([...new Set([...imported, ...filesNamedIn(sources, allowed)])].sort()).toEqual(allowed);
  });

  test("its tests stay within the same bounds", () => {
    const root = JSON.parse(read("package.json")) as Manifest;
    const tools = Object.keys(root.devDependencies ?? {}).filter((name) => !name.includes("arpeggio"));
    const inBounds = [...allowed, ...tools, ...Object.keys(manifest?.devDependencies ?? {}), manifest?.name];
    const imported = packagesImportedBy(own.filter((path) => path.endsWith(".test.ts")));
    expect(imported.filter((name) => !inBounds.includes(name))).toEqual([]);
  });

  test("reaches no file outside of itself", () => {
    const outside = own
      .filter((path) => /\.[jt]s$/.test(path))
      .flatMap((path) => importsOf(syntaxNodes(path)).map((source) => ({ path, source })))
      .filter(({ path, source }) => source.startsWith(".") && !isInside(folder, path, source));
    expect(outside).toEqual([]);
  });
});

/** Tests may use what the repository has for tests. */
function isInside(folder: string, path: string, source: string): boolean {
  const target = new URL(source, `file:///${path}`).pathname.slice(1);
  return target.startsWith(`${folder}/`) || (path.endsWith(".test.ts") && target.startsWith("test/support/"));
}

test("every way to import is seen", () => {
  const program = [
    `import "a"; import b from "b"; import type { c } from "c"; export { d } from "d"; export * from "e";`,
    `type F = import("f").F; await import("g"); require("h"); require.resolve("i"); import.meta.resolve("j");`,
    `/** import k from "k" */ const text = 'import l from "l"'; await import(text);`,
  ];
  expect(importsOf(nodesOf("all.ts", program.join("\n")))).toEqual(["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"]);
});
