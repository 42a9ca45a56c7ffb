import { createHash } from "node:crypto";
import { INPUT_REF } from "./expression.ts";
import type { Expr } from "./expression.ts";
import { expressionsOf, levelsOf } from "./graph.ts";
import type { Graph, GraphNode, WorkflowGraph } from "./graph.ts";

const HASH_DIGITS = 32;

/**
 * The version of a graph: SHA-256 over its canonical text, 32 hex digits. Equal for equal behaviour under other names: the
 * workflow's name and the ids of nodes do not count (an id counts as its position), everything else does. A name that a step
 * was given counts: its result is asked for by it, and a graph is stored once for each hash.
 */
export function graphHash(graph: WorkflowGraph): string {
  return createHash("sha256").update(canonicalText(graph)).digest("hex").slice(0, HASH_DIGITS);
}

type Ids = ReadonlyMap<string, number>;
/** Text to be written, or what is still to be written out. */
type Item =
  | string
  | { readonly kind: "graph"; readonly graph: Graph }
  | { readonly kind: "node"; readonly node: GraphNode; readonly ids: Ids }
  | { readonly kind: "expr"; readonly expr: Expr; readonly ids: Ids }
  | { readonly kind: "value"; readonly value: unknown };

/**
 * A text that two graphs share exactly if they do the same. Like JSON with sorted keys; bigint, Date and bytes are marked by
 * a first letter that no JSON value has. Written with a stack of its own, as graphs nest.
 */
export function canonicalText(graph: WorkflowGraph): string {
  return written([{ kind: "graph", graph }, ",", { kind: "value", value: graph.input ?? null }]);
}

/** A text that two plain values share exactly if they are equal, whatever the order of their keys. */
export function valueText(value: unknown): string {
  return written([{ kind: "value", value }]);
}

function written(items: readonly Item[]): string {
  const text: string[] = [];
  const open = [...items];
  for (let item = open.pop(); item !== undefined; item = open.pop()) {
    if (typeof item === "string") text.push(item);
    else for (const part of writtenOut(item).reverse()) open.push(part);
  }
  return text.join("");
}

function writtenOut(item: Exclude<Item, string>): Item[] {
  switch (item.kind) {
    case "graph":
      return graphItems(item.graph);
    case "node":
      return nodeItems(item.node, item.ids);
    case "expr":
      return exprItems(item.expr, item.ids);
    case "value":
      return valueItems(item.value);
  }
}

function graphItems({ nodes, output }: Graph): Item[] {
  const ids: Ids = new Map(nodes.map((node, i) => [node.id, i]));
  const written = nodes.map((node): Item => ({ kind: "node", node, ids }));
  return ["graph", ...list(written), { kind: "expr", expr: output, ids }];
}

function nodeItems(node: GraphNode, ids: Ids): Item[] {
  const needs = node.needs.map((id) => ids.get(id) ?? -1).toSorted((a, b) => a - b);
  const start = `${node.kind}(${needs.join(",")})`;
  const exprs = expressionsOf(node).map((expr): Item => ({ kind: "expr", expr, ids }));
  const levels = levelsOf(node).map(([, level]): Item => ({ kind: "graph", graph: level }));
  return [start, ...settingsOf(node), ...exprs, ...levels];
}

/** Everything of a node that is neither its id, its place, an expression nor a level. */
function settingsOf(node: GraphNode): Item[] {
  const items = ownSettings(node);
  return node.keep ? [...items, JSON.stringify(node.id)] : items;
}

function ownSettings(node: GraphNode): Item[] {
  if (node.kind === "task") {
    const { id: _id, needs: _needs, kind: _kind, input: _input, task, options = {}, ...rest } = node;
    return [JSON.stringify(task), { kind: "value", value: options }, ...further(rest)];
  }
  if (node.kind === "map") {
    const { id: _id, needs: _needs, kind: _kind, over: _over, body: _body, settle, ...rest } = node;
    return [settle ? "settle" : "", ...further(rest)];
  }
  const { id: _id, needs: _needs, kind: _kind, ...rest } = node;
  // Which levels there are, and what they are called, counts; what stands in them is written after this.
  return further({ ...rest, ...Object.fromEntries(HELD.map((key) => [key, keysOf(node, key)])) });
}

const HELD = [
  "input",
  "on",
  "until",
  "body",
  "onError",
  "recover",
  "finally",
  "undo",
  "branches",
  "cases",
  "otherwise",
];

function keysOf(node: GraphNode, key: string): unknown {
  const value: unknown = Object.entries(node).find(([own]) => own === key)?.[1];
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.length;
  return key === "cases" ? Object.keys(value) : true;
}

function further(settings: Readonly<Record<string, unknown>>): Item[] {
  return Object.values(settings).every((value) => value === undefined) ? [] : [{ kind: "value", value: settings }];
}

function exprItems(expr: Expr, ids: Ids): Item[] {
  const inner = (one: Expr): Item => ({ kind: "expr", expr: one, ids });
  if ("const" in expr) return ["const ", { kind: "value", value: expr.const }];
  if ("ref" in expr) {
    const target = expr.ref === INPUT_REF ? INPUT_REF : String(ids.get(expr.ref));
    return [`ref ${target}${JSON.stringify(expr.path ?? [])}`];
  }
  if ("array" in expr) return ["array", ...list(expr.array.map(inner))];
  if ("merge" in expr) return ["merge", ...list(expr.merge.map(inner))];
  if ("concat" in expr) return ["concat", ...list(expr.concat.map(inner))];
  if ("get" in expr) return [`get${JSON.stringify(expr.path)}`, inner(expr.get)];
  if ("op" in expr) return [`op ${expr.op}`, ...list(expr.args.map(inner))];
  return ["object", ...fields(expr.object, inner)];
}

function valueItems(value: unknown): Item[] {
  const inner = (one: unknown): Item => ({ kind: "value", value: one });
  if (typeof value === "bigint") return [bigintText(value)];
  if (value instanceof Date) return [`d${value.getTime()}`];
  if (value instanceof Uint8Array)
    return [`b${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("base64")}.`];
  if (Array.isArray(value)) return list(value.map(inner));
  if (typeof value === "object" && value !== null) return fields(value as Readonly<Record<string, unknown>>, inner);
  return [JSON.stringify(value) ?? "null"];
}

/** Up to so many bits in decimal digits. These take longer than linear time, a minute for what fits into a large graph. */
const DECIMAL_BITS_MAX = 4_096;

function bigintText(value: bigint): string {
  return BigInt.asIntN(DECIMAL_BITS_MAX, value) === value ? `n${value}` : `x${value.toString(16)}`;
}

function list(items: readonly Item[]): Item[] {
  const written: Item[] = ["["];
  for (const item of items) written.push(item, ",");
  written.push("]");
  return written;
}

function fields<T>(object: Readonly<Record<string, T>>, inner: (value: T) => Item): Item[] {
  const written: Item[] = ["{"];
  for (const key of Object.keys(object).toSorted()) {
    const value = object[key];
    if (value !== undefined) written.push(`${JSON.stringify(key)}:`, inner(value), ",");
  }
  written.push("}");
  return written;
}
