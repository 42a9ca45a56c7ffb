import { expect, test } from "vitest";
import { failureHints } from "../../packages/client/src/failure-hints.ts";
import { isPackageSource, read, repositoryFiles } from "./source-files.ts";
import { nameOf, stringOf, syntaxNodes, type SyntaxNode } from "./syntax.ts";

interface ErrorClass {
  readonly path: string;
  readonly name: string;
  /** One, or several for a class whose `code` is of a union type; never none. */
  readonly codes: readonly string[];
}

const files = repositoryFiles();
const sources = files.filter(isPackageSource);
const classes = sources.flatMap(errorClassesOf);
const codes = new Set(classes.flatMap((one) => one.codes));
/** Codes of failures that are made without an error, such as that of a worker that was lost. */
const failureCodes = new Set(sources.flatMap(failureCodesOf));
const documentation = read("docs/reference/errors.md");
const entries = [...documentation.matchAll(/^### (.+)$/gm)].map((match) => match[1] ?? "");

/** The classes to make objects of that extend another one called "…Error". */
function errorClassesOf(path: string): readonly ErrorClass[] {
  const nodes = syntaxNodes(path);
  return nodes
    .filter((node) => node.type === "ClassDeclaration" && nameOf(node["superClass"])?.endsWith("Error") === true)
    .filter((node) => node["abstract"] !== true)
    .map((node) => {
      const members = (node["body"] as SyntaxNode)["body"] as readonly SyntaxNode[];
      const code = members.find(isCode);
      const value = stringOf(code?.["value"]);
      return { path, name: nameOf(node["id"]) ?? "", codes: value === undefined ? unionOf(code, nodes) : [value] };
    });
}

/** The members of the union that a property is declared to be of, by a type alias in the same file. */
function unionOf(property: SyntaxNode | undefined, nodes: readonly SyntaxNode[]): readonly string[] {
  const annotation = property?.["typeAnnotation"] as SyntaxNode | null | undefined;
  const reference = annotation?.["typeAnnotation"] as SyntaxNode | undefined;
  const alias = nameOf(reference?.["typeName"]);
  const declaration = nodes.find((node) => node.type === "TSTypeAliasDeclaration" && nameOf(node["id"]) === alias);
  const union = declaration?.["typeAnnotation"] as { readonly types?: readonly SyntaxNode[] } | undefined;
  return (union?.types ?? []).flatMap((member) => stringOf(member["literal"]) ?? []);
}

/** Codes in object literals; a system error's code, such as `ENOENT`, has no underscore. */
function failureCodesOf(path: string): readonly string[] {
  return syntaxNodes(path)
    .filter((node) => node.type === "Property" && isCode(node))
    .map((node) => stringOf(node["value"]) ?? "")
    .filter((code) => /^[A-Z]+(_[A-Z]+)+$/.test(code));
}

function isCode(member: SyntaxNode): boolean {
  return nameOf(member["key"]) === "code";
}

test("every error has a code of its own", () => {
  expect(classes.length).toBeGreaterThan(0);
  expect(classes.filter((one) => one.codes.length === 0)).toEqual([]);
  const all = classes.flatMap((one) => one.codes);
  expect(all.filter((code, index) => all.indexOf(code) !== index)).toEqual([]);
});

test("docs/reference/errors.md has an entry for each code, and no other", () => {
  expect([...entries].sort()).toEqual([...new Set([...codes, ...failureCodes])].sort());
});

test("the entries are sorted, and each says something", () => {
  expect(entries).toEqual([...entries].sort());
  const bodies = documentation.split(/^### .+$/m).slice(1);
  expect(bodies.filter((body) => body.trim() === "")).toEqual([]);
});

test("what the coordinator ends runs and nodes with has a hint", () => {
  const coordinator = sources.filter((path) => path.startsWith("packages/coordinator/src/fold/"));
  const made = new Set(coordinator.flatMap(failureCodesOf));
  expect(made.size).toBeGreaterThan(10);
  expect([...made].filter((code) => failureHints[code] === undefined)).toEqual([]);
  // And none for what there is not.
  expect(Object.keys(failureHints).filter((code) => !entries.includes(code))).toEqual([]);
});

test("each error code is met in some test", () => {
  const tests = files.filter((path) => /\.(test|suite)\.ts$/.test(path) && !path.startsWith("test/house/"));
  const text = tests.map(read).join("\n");
  const isMet = (code: string) => new RegExp(`\\b${code}\\b`).test(text);
  const untested = classes.filter(
    ({ name, codes: own }) => !own.every(isMet) && !(own.length === 1 && new RegExp(`\\b${name}\\b`).test(text)),
  );
  expect(untested.map(({ path, name }) => `${path}: ${name}`)).toEqual([]);
});
