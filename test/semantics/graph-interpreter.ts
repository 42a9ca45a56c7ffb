import { compile, evaluate, inputOf } from "@arpeggio/core";
import type { AnyCanvas, CompiledWorkflow, Expr, FailureLimit, Graph, GraphNode, TaskContext } from "@arpeggio/core";
import type { CanvasEnd } from "@arpeggio/testing";

type Tasks = CompiledWorkflow["tasks"];
type NodeOf<K extends GraphNode["kind"]> = Extract<GraphNode, { kind: K }>;
type Lookup = (ref: string) => unknown;

/** A handler has ended more than its node. */
class EarlyEnd extends Error {
  readonly ends: "scope" | "run";
  readonly value: unknown;

  constructor(ends: "scope" | "run", value: unknown) {
    super(`ends its ${ends}`);
    this.ends = ends;
    this.value = value;
  }
}

class InPlace {
  readonly canvas: AnyCanvas;
  readonly input: unknown;

  constructor(canvas: AnyCanvas, input: unknown) {
    this.canvas = canvas;
    this.input = input;
  }
}

/**
 * Runs a compiled graph in the plainest way: node after node, branch after branch, without attempts, timing and compensation.
 * It is one of the courses that the graph may take.
 */
export async function interpreted(graph: Graph, input: unknown, tasks: Tasks): Promise<CanvasEnd> {
  try {
    return { value: await part(graph, input, tasks) };
  } catch (error) {
    return error instanceof EarlyEnd ? { finished: error.value } : { failed: true };
  }
}

/** A level with a life of its own: a handler in it may end it early. */
async function part(level: Graph, input: unknown, tasks: Tasks): Promise<unknown> {
  try {
    return await nodesOf(level, input, tasks);
  } catch (error) {
    if (error instanceof EarlyEnd && error.ends === "scope") return error.value;
    throw error;
  }
}

/** The nodes of a level stand in an order in which each comes after all it needs. */
async function nodesOf(level: Graph, input: unknown, tasks: Tasks): Promise<unknown> {
  const results = new Map<string, unknown>([["$in", input]]);
  const lookup: Lookup = (ref) => {
    if (!results.has(ref)) throw new Error(`'${ref}' is read before it has run`);
    return results.get(ref);
  };
  for (const node of level.nodes) {
    for (const need of node.needs) lookup(need);
    results.set(node.id, (await resultOf(node, evaluate(inputOf(node), lookup), tasks, lookup)) ?? null);
  }
  return evaluate(level.output, lookup);
}

function resultOf(node: GraphNode, input: unknown, tasks: Tasks, lookup: Lookup): Promise<unknown> {
  switch (node.kind) {
    case "task":
      return node.each
        ? inRow(listOf(input), (item) => called(node.task, item, tasks))
        : called(node.task, input, tasks);
    case "map":
      return mapped(node, listOf(input), tasks);
    case "scope":
      return scoped(node, input, tasks);
    case "branches":
      return branched(node, input, tasks);
    case "choose":
      return chosen(node, input, evaluate(node.on, lookup), tasks);
    case "loop":
      return looped(node, input, tasks);
    case "signal":
      return Promise.reject(new Error("nobody sends signals here"));
  }
}

async function called(name: string, input: unknown, tasks: Tasks): Promise<unknown> {
  const handler = tasks.get(name)?.handler;
  if (handler === undefined) throw new Error(`no code for '${name}'`);
  const ctx = {
    finish: (value: unknown) => new EarlyEnd("run", value),
    skip: (value: unknown) => new EarlyEnd("scope", value),
    replaceWith: (canvas: AnyCanvas, given: unknown) => new InPlace(canvas, given),
  } as unknown as TaskContext;
  const reply: unknown = await handler(structuredClone(input), ctx);
  if (reply instanceof EarlyEnd) throw reply;
  if (!(reply instanceof InPlace)) return reply ?? null;
  const { graph, tasks: own } = compile(reply.canvas);
  return part(graph, reply.input, own);
}

async function mapped(node: NodeOf<"map">, list: readonly unknown[], tasks: Tasks): Promise<unknown> {
  const item = (value: unknown) => part(node.body, value, tasks);
  if (!node.settle) return inRow(list, item);
  return outcomes(
    list.map((value) => () => item(value)),
    node.maxFailures,
  );
}

async function scoped(node: NodeOf<"scope">, input: unknown, tasks: Tasks): Promise<unknown> {
  const own = { ...node };
  let end = await settled(() => part(own.body, input, tasks));
  const handle = (level: Graph, given: object) => settled(() => part(level, { input, ...given }, tasks));
  if (!end.ok && own.onError !== undefined) await handle(own.onError, { error: end.error });
  if (!end.ok && own.recover !== undefined) {
    const instead = await handle(own.recover, { error: end.error });
    if (instead.ok) end = instead;
  }
  if (own.finally !== undefined) {
    const last = await handle(own.finally, end);
    if (end.ok && !last.ok) end = last;
  }
  if (own.settle) return end;
  if (!end.ok) throw new Error(end.error.message);
  return end.value;
}

async function branched(node: NodeOf<"branches">, input: unknown, tasks: Tasks): Promise<unknown> {
  const branches = node.branches.map((level) => () => part(level, input, tasks));
  if (node.until === "all") {
    const all = await outcomes(branches, node.maxFailures);
    return node.keys ? Object.fromEntries(node.keys.map((key, i) => [key, all[i]])) : all;
  }
  const values: unknown[] = [];
  const needed = node.until === "quorum" ? (node.count ?? 0) : 1;
  for (const branch of branches) {
    const end = await settled(branch);
    if (end.ok) values.push(end.value);
    else if (node.until === "ended") throw new Error(end.error.message);
    if (values.length === needed) return node.until === "quorum" ? values : values[0];
  }
  throw new Error("too many have failed");
}

function chosen(node: NodeOf<"choose">, input: unknown, on: unknown, tasks: Tasks): Promise<unknown> {
  const key = String(on);
  const level = Object.hasOwn(node.cases, key) ? node.cases[key] : node.otherwise;
  return level === undefined ? Promise.reject(new Error(`no case '${key}'`)) : part(level, input, tasks);
}

async function looped(node: NodeOf<"loop">, input: unknown, tasks: Tasks): Promise<unknown> {
  let value = input;
  const isDone = (until: Expr) => evaluate(until, () => value) === true;
  for (let round = 0; round < node.max; round++) {
    value = await part(node.body, value, tasks);
    if (isDone(node.until)) return value;
  }
  throw new Error("the loop has run too often");
}

type Outcome = { ok: true; value: unknown } | { ok: false; error: { message: string } };

/** An early end of the run is nobody's failure. */
async function settled(run: () => Promise<unknown>): Promise<Outcome> {
  try {
    return { ok: true, value: await run() };
  } catch (error) {
    if (error instanceof EarlyEnd) throw error;
    return { ok: false, error: { message: String(error) } };
  }
}

async function outcomes(parts: readonly (() => Promise<unknown>)[], limit: FailureLimit | undefined) {
  const all = await inRow(parts, (one) => settled(one as () => Promise<unknown>));
  const failures = (all as Outcome[]).filter(({ ok }) => !ok).length;
  const max = limit === undefined ? Infinity : "count" in limit ? limit.count : limit.share * parts.length;
  if (failures > max) throw new Error("too many have failed");
  return all;
}

async function inRow(list: readonly unknown[], one: (item: unknown) => Promise<unknown>): Promise<unknown[]> {
  const results: unknown[] = [];
  for (const item of list) results.push(await one(item));
  return results;
}

function listOf(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new TypeError("a map over what is no list");
  return value as unknown[];
}
