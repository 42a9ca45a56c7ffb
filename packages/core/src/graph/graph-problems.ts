import { ConstantInvalidError } from "../language/build-errors.ts";
import { constantExpr } from "../language/constant.ts";
import { GRAPH_DEPTH_MAX } from "../wire/depth-limits.ts";
import { INPUT_REF, partsOf } from "./expression.ts";
import type { Expr } from "./expression.ts";
import { GraphInvalidError } from "./graph-errors.ts";
import type { GraphProblem } from "./graph-errors.ts";
import { inputOf, levelsOf } from "./graph.ts";
import type { Graph, GraphNode, WorkflowGraph } from "./graph.ts";
import { shapeProblems } from "./shape-problems.ts";

/**
 * Everything wrong with a document that says it is a graph: first its shape, by `graphSchema`, and if that is right its
 * references and constants, at every level. Empty for a valid graph.
 */
export function graphProblems(document: unknown): readonly GraphProblem[] {
  if (isDeeperThan(document, GRAPH_DEPTH_MAX)) {
    return [{ path: "", message: `nests deeper than ${GRAPH_DEPTH_MAX} levels, or contains itself` }];
  }
  const shape = shapeProblems(document);
  if (shape.length > 0) return shape;
  return levelProblems(document as unknown as WorkflowGraph);
}

/** @throws {@link GraphInvalidError} with everything that {@link graphProblems} finds. */
export function assertGraph(document: unknown): asserts document is WorkflowGraph {
  const problems = graphProblems(document);
  if (problems.length > 0) throw new GraphInvalidError(problems);
}

function levelProblems(graph: WorkflowGraph): readonly GraphProblem[] {
  const problems: GraphProblem[] = [];
  const open: { readonly level: Graph; readonly path: string }[] = [{ level: graph, path: "" }];
  for (let one = open.pop(); one !== undefined; one = open.pop()) {
    const { level, path } = one;
    const known = new Set<string>();
    const later = new Set(level.nodes.map((node) => node.id));
    for (const [i, node] of level.nodes.entries()) {
      const here = `${path}/nodes/${i}`;
      if (known.has(node.id))
        problems.push({ path: `${here}/id`, message: `'${node.id}' is the id of another node, too` });
      for (const problem of needProblems(node, here, known, later)) problems.push(problem);
      for (const problem of readProblems(node, here)) problems.push(problem);
      known.add(node.id);
      for (const [place, inner] of levelsOf(node)) open.push({ level: inner, path: `${here}/${place}` });
    }
    const judge = (ref: string) => (known.has(ref) ? undefined : "is not a node of this level");
    for (const problem of exprProblems(level.output, `${path}/output`, judge)) problems.push(problem);
  }
  return problems;
}

function needProblems(
  node: GraphNode,
  here: string,
  known: ReadonlySet<string>,
  later: ReadonlySet<string>,
): GraphProblem[] {
  const problems: GraphProblem[] = [];
  const seen = new Set<string>();
  for (const [i, need] of node.needs.entries()) {
    const path = `${here}/needs/${i}`;
    if (seen.has(need)) problems.push({ path, message: `'${need}' is needed twice` });
    seen.add(need);
    if (known.has(need)) continue;
    const what = later.has(need) ? "does not stand before this one" : "is not a node of this level";
    problems.push({ path, message: `'${need}' ${what}` });
  }
  return problems;
}

function readProblems(node: GraphNode, here: string): GraphProblem[] {
  const needs = new Set(node.needs);
  const judge = (ref: string) => (needs.has(ref) ? undefined : "is read but not needed");
  const problems = exprProblems(inputOf(node), `${here}/${node.kind === "map" ? "over" : "input"}`, judge);
  if (node.kind === "choose") return [...problems, ...exprProblems(node.on, `${here}/on`, judge)];
  if (node.kind !== "loop") return problems;
  const inputOnly = () => "is read, but a loop's end depends on '$in' alone";
  return [...problems, ...exprProblems(node.until, `${here}/until`, inputOnly)];
}

function exprProblems(expr: Expr, path: string, judge: (ref: string) => string | undefined): GraphProblem[] {
  const problems = new Map<string, GraphProblem>();
  const open: Expr[] = [expr];
  for (let one = open.pop(); one !== undefined; one = open.pop()) {
    if ("ref" in one && one.ref !== INPUT_REF) {
      const what = judge(one.ref);
      if (what !== undefined) problems.set(one.ref, { path, message: `'${one.ref}' ${what}` });
    }
    if ("const" in one) {
      const what = constantProblem(one.const);
      if (what !== undefined) problems.set(what, { path, message: what });
    }
    for (const part of partsOf(one)) open.push(part);
  }
  return [...problems.values()];
}

function constantProblem(value: unknown): string | undefined {
  try {
    constantExpr(value, "a constant");
    return undefined;
  } catch (error) {
    if (error instanceof ConstantInvalidError) return error.message;
    throw error;
  }
}

function isDeeperThan(document: unknown, max: number): boolean {
  let level = new Set([document]);
  for (let depth = 0; level.size > 0; depth++) {
    if (depth > max) return true;
    // A set: a value that contains itself twice would double with every level.
    const next = new Set<unknown>();
    for (const value of level) {
      if (typeof value !== "object" || value === null || value instanceof Uint8Array) continue;
      for (const item of Object.values(value)) if (typeof item === "object" && item !== null) next.add(item);
    }
    level = next;
  }
  return false;
}
