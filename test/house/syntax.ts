import { parseSync } from "vite";
import { read } from "./source-files.ts";

/** A node of a syntax tree, as far as the house tests look into one. */
export interface SyntaxNode {
  readonly type: string;
  readonly [field: string]: unknown;
}

/** Every node of a source file, outer ones first; `path` is from the root. */
export function syntaxNodes(path: string): readonly SyntaxNode[] {
  return nodesOf(path, read(path));
}

/** Every node of a program; the name tells the language. */
export function nodesOf(name: string, text: string): readonly SyntaxNode[] {
  const { program, errors } = parseSync(name, text);
  if (errors.length > 0) throw new Error(`${name} cannot be parsed: ${errors[0]?.message}`);
  const found: SyntaxNode[] = [];
  collect(program, found);
  return found;
}

function collect(value: unknown, found: SyntaxNode[]): void {
  if (Array.isArray(value)) {
    for (const item of value) collect(item, found);
  } else if (isNode(value)) {
    found.push(value);
    for (const field of Object.values(value)) collect(field, found);
  }
}

function isNode(value: unknown): value is SyntaxNode {
  return typeof value === "object" && value !== null && "type" in value && typeof value.type === "string";
}

/** What a program imports, in any of the ways there are; an import of a computed name is not in it. */
export function importsOf(nodes: readonly SyntaxNode[]): readonly string[] {
  const sources = nodes.flatMap((node) => {
    switch (node.type) {
      case "ImportDeclaration":
      case "ExportNamedDeclaration":
      case "ExportAllDeclaration":
      case "ImportExpression":
      case "TSImportType":
        return [node["source"]];
      case "CallExpression":
        return isResolving(node["callee"]) ? [(node["arguments"] as readonly unknown[])[0]] : [];
      default:
        return [];
    }
  });
  return sources.map(stringOf).filter((source) => source !== undefined);
}

/** `require("x")`, `require.resolve("x")` and `import.meta.resolve("x")`. */
function isResolving(callee: unknown): boolean {
  if (!isNode(callee)) return false;
  if (callee.type === "Identifier") return callee["name"] === "require";
  if (callee.type !== "MemberExpression" || !isNode(callee["property"])) return false;
  const owner = callee["object"];
  if (callee["property"]["name"] !== "resolve" || !isNode(owner)) return false;
  return owner.type === "MetaProperty" || owner["name"] === "require";
}

/** The value of a string literal, with or without `as const`. */
export function stringOf(node: unknown): string | undefined {
  if (!isNode(node)) return undefined;
  if (node.type === "TSAsExpression") return stringOf(node["expression"]);
  return typeof node["value"] === "string" ? node["value"] : undefined;
}

/** The name a property, a class or a reference goes by. */
export function nameOf(node: unknown): string | undefined {
  return isNode(node) && typeof node["name"] === "string" ? node["name"] : undefined;
}
