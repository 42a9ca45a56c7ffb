import { execFileSync } from "node:child_process";
import { basename } from "node:path";
import { describe, expect, test } from "vitest";
import { isPackageSource, read, repositoryFiles } from "./source-files.ts";
import { syntaxNodes } from "./syntax.ts";
import type { SyntaxNode } from "./syntax.ts";

const files = repositoryFiles();
const code = files.filter((path) => /\.(ts|mts|js|mjs)$/.test(path));
const texts = files.filter((path) => /\.(ts|mts|js|mjs|json|md|yaml|html|css|txt|conf)$|^\.ci\/|^\.[a-z]+$/.test(path));

/** Longer than this, a file holds more than one idea. */
const linesMax = 400;

describe("names", () => {
  test("a file is named for what it holds", () => {
    const nameless = /^(utils?|helpers?|types|common|misc|shared|lib|manager)$/;
    const isNameless = (path: string) => {
      const folders = path.split("/").slice(0, -1);
      const file = basename(path).split(".")[0] ?? "";
      // A folder of type tests may be called "types"; a file of that name says nothing.
      return nameless.test(file) || folders.some((folder) => folder !== "types" && nameless.test(folder));
    };
    expect(code.filter(isNameless)).toEqual([]);
    expect(code.filter((path) => /(^|[/-])(utils?|helpers?)([-./]|$)/.test(path))).toEqual([]);
  });

  test("file names are in kebab case", () => {
    const isKebab = (path: string) => /^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+(-[a-z0-9]+)*)*$/.test(basename(path));
    expect(code.filter((path) => !isKebab(path))).toEqual([]);
  });
});

describe("sources", () => {
  test("every public name is exported on purpose", () => {
    const isStar = (path: string) => syntaxNodes(path).some((node) => node.type === "ExportAllDeclaration");
    expect(files.filter(isPackageSource).filter(isStar)).toEqual([]);
  });

  test("no list is spread into a call that takes any number: one of some ten thousand items is too much for the stack", () => {
    const taking = new Set(["push", "unshift", "splice", "max", "min", "fromCharCode", "fromCodePoint"]);
    const spreading = files.filter(isPackageSource).flatMap((path) => {
      return syntaxNodes(path).flatMap(({ type, ...call }) => {
        if (type !== "CallExpression") return [];
        const { property } = call["callee"] as { property?: { name?: string } };
        const isSpread = (call["arguments"] as readonly SyntaxNode[]).some((one) => one.type === "SpreadElement");
        return isSpread && taking.has(property?.name ?? "") ? [`${path}: ${property?.name}`] : [];
      });
    });
    expect(spreading).toEqual([]);
  });

  test(`no source is longer than ${linesMax} lines`, () => {
    const lengths = files.filter(isPackageSource).map((path) => ({ path, lines: read(path).split("\n").length - 1 }));
    expect(lengths.filter(({ lines }) => lines > linesMax)).toEqual([]);
  });
});

describe("texts", () => {
  // The patterns are written so that none of them matches this file.
  test.each([
    ["a path of one machine", /(?<![\w.~-])\/(?:work|home|Users|root)\/[\w.]/],
    ["a host that packages come from", /\b(?:registry|deb|archive|proxy)\.[a-z0-9-]+\.(?:org|com|net|io)\b/],
    ["a note to somebody who was there", /\bissue #?\d|\bspike[s]?\b|\bthe shared folder\b(?!")/i],
  ])("no file holds %s", (_, pattern) => {
    const isOwn = (path: string) => path === "test/house/repository.test.ts" || path === "pnpm-lock.yaml";
    const found = texts.filter((path) => !isOwn(path)).flatMap((path) => linesWith(path, pattern));
    expect(found).toEqual([]);
  });
});

function linesWith(path: string, pattern: RegExp): readonly string[] {
  const lines = read(path).split("\n");
  return lines.flatMap((line, index) => (pattern.test(line) ? [`${path}:${index + 1}: ${line.trim()}`] : []));
}

describe("commands", () => {
  const ciCommand = /^test_command='(.+)'$/m.exec(read(".ci/run"))?.[1] ?? "";

  test(".ci/run sets up and tests by the README's command", () => {
    expect(ciCommand).toMatch(/^npm i -g pnpm@\S+ && pnpm install --frozen-lockfile && pnpm test$/);
    expect(read("README.md").split("\n")).toContain(ciCommand);
  });

  test("one version of pnpm everywhere", () => {
    const pins = texts
      .filter((path) => path !== "pnpm-lock.yaml")
      .flatMap((path) => read(path).match(/pnpm@[\d.]+\d/g) ?? []);
    expect([...new Set(pins)]).toEqual([/pnpm@\S+/.exec(ciCommand)?.[0]]);
  });

  test("what package.json runs is there", () => {
    const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
    const named = Object.values(scripts).flatMap((script) => script.match(/\S+\.(?:mjs|js|json)\b/g) ?? []);
    // What is built comes from a source of the same name.
    const sources = named.map((path) => path.replace("/dist/", "/").replace(/(?<=^examples\/.+)\.js$/, ".ts"));
    expect(sources.filter((path) => !files.includes(path))).toEqual([]);
  });

  test("a script of the name of a command of pnpm's own is called by `pnpm run`", () => {
    const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
    const help = execFileSync("pnpm", ["help", "-a"], { encoding: "utf8" });
    const own = Array.from(help.matchAll(/^ {2}([a-z-]+) {2,}/gm), ([, name]) => name ?? "");
    expect(own).toContain("install");
    // Of these, pnpm takes the script.
    const shadowed = own.filter((name) => name in scripts && !["test", "clean"].includes(name));
    const calls = shadowed.map((name) => new RegExp(`pnpm (-s )?${name}\\b(?!-)`));
    expect(texts.filter((path) => calls.some((call) => call.test(read(path))))).toEqual([]);
  });
});
