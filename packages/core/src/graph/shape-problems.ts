import { Ajv2020 } from "ajv/dist/2020.js";
import type { ValidateFunction } from "ajv/dist/2020.js";
import { shown } from "../language/shown.ts";
import { partsOf } from "./expression.ts";
import type { Expr } from "./expression.ts";
import type { GraphProblem } from "./graph-errors.ts";
import { graphSchemaParts } from "./graph-schema.ts";
import { levelsOf } from "./graph.ts";
import type { Graph, GraphNode } from "./graph.ts";

type Checks<K extends string> = Readonly<Record<K, ValidateFunction>>;
interface ShapeChecks {
  readonly document: ValidateFunction;
  readonly level: ValidateFunction;
  readonly nodes: Checks<GraphNode["kind"]>;
  readonly exprs: Checks<"const" | "ref" | "array" | "object" | "merge" | "concat" | "get" | "op">;
}

let checks: ShapeChecks | undefined;

/** Made at the first use: who only runs graphs of their own does not pay for it. */
function shapeChecks(): ShapeChecks {
  if (checks !== undefined) return checks;
  const ajv = new Ajv2020({ strict: true, allowUnionTypes: true });
  const compiled = (schemas: object) =>
    Object.fromEntries(Object.entries(schemas).map(([key, schema]) => [key, ajv.compile(schema as object)]));
  const shallow = graphSchemaParts({ expr: {}, node: {}, level: {} });
  checks = {
    document: ajv.compile(shallow.document),
    level: ajv.compile(shallow.level),
    nodes: compiled(shallow.nodes) as ShapeChecks["nodes"],
    exprs: compiled(shallow.exprs) as ShapeChecks["exprs"],
  };
  return checks;
}

type Part = { readonly kind: "level" | "node" | "expr"; readonly value: unknown; readonly path: string };

/**
 * What is wrong with the shape of a document, by the schemas of `graph-schema.ts`.
 *
 * Each part is checked by itself, without what stands inside it, which is then checked in turn: a schema that refers to
 * itself would use up the stack on a graph that nests deep.
 */
export function shapeProblems(document: unknown): readonly GraphProblem[] {
  const { document: check } = shapeChecks();
  if (!check(document)) return problemsOf(check, "");
  const problems: GraphProblem[] = [];
  const open: Part[] = [...levelParts(document as Graph, "")];
  for (let part = open.pop(); part !== undefined; part = open.pop()) {
    const { value, path } = part;
    const wrong = partProblems(part);
    for (const problem of wrong) problems.push(problem);
    if (wrong.length > 0) continue;
    if (part.kind === "level") for (const inner of levelParts(value as Graph, path)) open.push(inner);
    else if (part.kind === "node") for (const inner of nodeParts(value as GraphNode, path)) open.push(inner);
    // An expression's own parts are not named: the place of a problem is the expression that a node has.
    else for (const inner of partsOf(value as Expr)) open.push({ kind: "expr", value: inner, path });
  }
  return problems;
}

/** The properties of nodes that are expressions over their level. */
const EXPRESSIONS = new Set(["input", "over", "on"]);

function levelParts(level: Graph, path: string): readonly Part[] {
  const nodes = level.nodes.map((value, i): Part => ({ kind: "node", value, path: `${path}/nodes/${i}` }));
  return [...nodes, { kind: "expr", value: level.output, path: `${path}/output` }];
}

function nodeParts(node: GraphNode, path: string): readonly Part[] {
  const levels = levelsOf(node).map(([place, value]): Part => ({ kind: "level", value, path: `${path}/${place}` }));
  const exprs = Object.entries(node)
    .filter(([place]) => EXPRESSIONS.has(place))
    .map(([place, value]): Part => ({ kind: "expr", value, path: `${path}/${place}` }));
  // Of a loop, the condition; of branches, a word.
  if (node.kind === "loop") exprs.push({ kind: "expr", value: node.until, path: `${path}/until` });
  return [...exprs, ...levels];
}

function partProblems({ kind, value, path }: Part): readonly GraphProblem[] {
  const all = shapeChecks();
  if (kind === "level") return checkedBy(all.level, value, path);
  if (typeof value !== "object" || value === null) return [{ path, message: `is not a ${WORDS[kind]}` }];
  if (kind === "node") {
    const { kind: own } = value as { readonly kind?: unknown };
    if (isKind(own, all.nodes)) return checkedBy(all.nodes[own], value, path);
    return [{ path: `${path}/kind`, message: `is ${shown(own)}, which is no kind of node` }];
  }
  const keys = Object.keys(value).filter((key): key is keyof typeof all.exprs => Object.hasOwn(all.exprs, key));
  const [key] = keys;
  if (key === undefined || keys.length > 1) {
    return [{ path, message: `has ${keys.length === 0 ? "no kind" : "several kinds"} of expression` }];
  }
  return checkedBy(all.exprs[key], value, path);
}

function isKind(kind: unknown, nodes: ShapeChecks["nodes"]): kind is GraphNode["kind"] {
  return typeof kind === "string" && Object.hasOwn(nodes, kind);
}

const WORDS = { node: "node", expr: "expression" } as const;

function checkedBy(check: ValidateFunction, value: unknown, path: string): readonly GraphProblem[] {
  return check(value) ? [] : problemsOf(check, path);
}

function problemsOf(check: ValidateFunction, path: string): readonly GraphProblem[] {
  return (check.errors ?? []).map(({ instancePath, message, params }) => ({
    path: `${path}${instancePath}`,
    message: `${message ?? "is not valid"}${"additionalProperty" in params ? ` ('${params["additionalProperty"]}')` : ""}`,
  }));
}
