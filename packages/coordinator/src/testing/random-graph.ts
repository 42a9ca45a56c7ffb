import fc from "fast-check";
import type {
  BranchesNode,
  ChooseNode,
  Expr,
  Graph,
  GraphNode,
  LoopNode,
  ScopeNode,
  WorkflowGraph,
} from "@arpeggio/core";

/**
 * A random graph: nodes of all kinds with random needs, inputs of every form of expression, nodes in nodes, empty levels
 * and empty lists. `list` tasks yield lists, `value` tasks texts, `count` tasks the next number. Nothing in it is left to chance.
 */
export const randomGraph: fc.Arbitrary<WorkflowGraph> = graphs(false);

/** The same with everything that depends on who is first, on time and on failures. */
export const wildGraph: fc.Arbitrary<WorkflowGraph> = graphs(true);

function graphs(isWild: boolean): fc.Arbitrary<WorkflowGraph> {
  return fc.array(fc.nat(1_000_000), { minLength: 400, maxLength: 400 }).map((numbers) => {
    let at = 0;
    const next = (below: number) => (numbers[at++ % numbers.length] as number) % below;
    return { canvas: 1, name: "random", ...new Maker(next, isWild).level(0) };
  });
}

type Next = (below: number) => number;
type Common = Pick<GraphNode, "id" | "needs" | "timing" | "keep">;

class Maker {
  readonly #next: Next;
  readonly #isWild: boolean;

  constructor(next: Next, isWild: boolean) {
    this.#next = next;
    this.#isWild = isWild;
  }

  level(depth: number): Graph {
    const next = this.#next;
    const nodes: GraphNode[] = [];
    const count = next(depth === 0 ? 7 : 4);
    for (let i = 0; i < count; i++) nodes.push(this.#node(`n${i}`, nodes, depth));
    const read = nodes.map((node) => node.id).filter(() => next(2) === 0);
    return { nodes, output: this.#expr(read, 0) };
  }

  #node(id: string, before: readonly GraphNode[], depth: number): GraphNode {
    const next = this.#next;
    const needs = before.map((node) => node.id).filter(() => next(3) === 0);
    const readable = needs.filter(() => next(4) > 0);
    const common: Common = {
      id,
      needs,
      ...(next(6) === 0 ? { timing: this.#timing() } : {}),
      ...(next(6) === 0 ? { keep: true as const } : {}),
    };
    const kind = next(14);
    if (kind < 5 || depth > 2) {
      const task = next(3) === 0 ? "list" : "value";
      return { ...common, kind: "task", task, input: this.#expr(readable, 0) };
    }
    const input = this.#expr(readable, 1);
    if (kind < 8) return this.#map(common, before, readable, depth);
    if (kind < 10) return this.#scope(common, input, depth);
    if (kind < 11) return this.#branches(common, input, depth);
    if (kind < 12) return this.#choose(common, readable, depth);
    if (kind < 13) return this.#loop(common, depth);
    return { ...common, kind: "signal", signal: ["go", "stop"][next(2)] as string };
  }

  #timing(): NonNullable<GraphNode["timing"]> {
    const next = this.#next;
    if (!this.#isWild || next(2) === 0) return next(2) === 0 ? { delayMs: next(50) } : { atMs: 990 + next(60) };
    const timing = { delayMs: next(20), expiresMs: next(60), withinMs: next(90) };
    return next(2) === 0 ? { withinMs: timing.withinMs } : timing;
  }

  #map(common: Common, before: readonly GraphNode[], readable: readonly string[], depth: number): GraphNode {
    const next = this.#next;
    const isList = (node: GraphNode) =>
      (node.kind === "map" && common.needs.includes(node.id)) ||
      (node.kind === "task" && node.task === "list" && common.needs.includes(node.id));
    const lists = before.filter(isList).map((node) => node.id);
    const settle = next(2) === 0;
    return {
      ...common,
      kind: "map",
      over: this.#list(lists, readable),
      body: this.level(depth + 1),
      ...(next(4) === 0 ? { concurrency: 1 + next(2) } : {}),
      ...(settle ? { settle: true } : {}),
      ...(settle && this.#isWild && next(2) === 0 ? { maxFailures: { count: next(2) } } : {}),
    };
  }

  #scope(common: Common, input: Expr, depth: number): ScopeNode {
    const next = this.#next;
    const maybe = <K extends string>(key: K) => (next(3) === 0 ? { [key]: this.level(depth + 1) } : {});
    return {
      ...common,
      kind: "scope",
      input,
      body: this.level(depth + 1),
      ...(next(4) === 0 ? { settle: true } : {}),
      ...maybe("onError"),
      ...maybe("recover"),
      ...maybe("finally"),
      ...maybe("undo"),
    };
  }

  #branches(common: Common, input: Expr, depth: number): BranchesNode {
    const next = this.#next;
    const until = (["all", "quorum", "succeeded", "ended"] as const)[next(4)] ?? "all";
    const isFree = this.#isWild || until === "all" || until === "quorum";
    const branches = Array.from({ length: isFree ? 1 + next(3) : 1 }, () => this.level(depth + 1));
    const count = this.#isWild ? next(branches.length + 1) : branches.length;
    return {
      ...common,
      kind: "branches",
      input,
      branches,
      until,
      ...(until === "quorum" ? { count } : {}),
      ...(until === "all" && next(2) === 0 ? { keys: branches.map((_, i) => `k${i}`) } : {}),
      ...(until === "all" && this.#isWild && next(2) === 0 ? { maxFailures: { share: 0.4 } } : {}),
    };
  }

  #choose(common: Common, readable: readonly string[], depth: number): ChooseNode {
    const next = this.#next;
    const size: Expr = { op: "eq", args: [this.#expr(readable, 1), { const: "text" }] };
    const on: Expr = next(2) === 0 ? { const: ["left", 1, null][next(3)] } : size;
    const cases = { left: this.level(depth + 1), false: this.level(depth + 1) };
    const isOpen = this.#isWild && next(3) === 0;
    const input = this.#expr(readable, 1);
    return { ...common, kind: "choose", input, on, cases, ...(isOpen ? {} : { otherwise: this.level(depth + 1) }) };
  }

  /** Counts up; what lies in its body besides is not read. */
  #loop(common: Common, depth: number): LoopNode {
    const next = this.#next;
    const inner = this.level(depth + 1);
    const count: GraphNode = { id: "count", kind: "task", task: "count", needs: [], input: { ref: "$in" } };
    const body: Graph = { nodes: [...inner.nodes, count], output: { ref: "count" } };
    const rounds = 1 + next(3);
    const until: Expr =
      rounds === 1 && next(2) === 0 ? { const: true } : { op: "ge", args: [{ ref: "$in" }, { const: rounds }] };
    const max = this.#isWild ? 1 + next(3) : 3;
    const every = next(2) === 0 ? { everyMs: next(30) } : {};
    return { ...common, kind: "loop", input: { const: 0 }, body, until, max, ...every };
  }

  #list(lists: readonly string[], readable: readonly string[]): Expr {
    const next = this.#next;
    if (lists.length > 0 && next(3) > 0) return { ref: lists[next(lists.length)] as string };
    const items = Array.from({ length: next(4) }, () => this.#expr(readable, 1));
    return next(3) === 0 ? { concat: [{ array: items }, { const: [7] }] } : { array: items };
  }

  #expr(refs: readonly string[], depth: number): Expr {
    const next = this.#next;
    const ref = (): Expr =>
      refs.length === 0 || next(4) === 0 ? { ref: "$in" } : { ref: refs[next(refs.length)] as string };
    const parts = () => Array.from({ length: next(3) }, () => this.#expr(refs, depth + 1));
    switch (depth > 2 ? next(2) : next(8)) {
      case 0:
        return { const: [next(9), "text", null, { deep: true }][next(4)] };
      case 1:
      case 2:
        return ref();
      case 3:
        return { array: parts() };
      case 4:
        return { object: Object.fromEntries(parts().map((part, i) => [`k${i}`, part])) };
      case 5:
        return { merge: [{ object: { a: ref() } }, { const: { b: 1 } }] };
      case 6:
        return { get: { array: [ref(), { const: 1 }] }, path: [0] };
      default:
        return { array: [ref(), ref()] };
    }
  }
}

/** A graph that does no more than run a task: what a task of the tests may put in its place. */
export function graphOfTask(task: string): WorkflowGraph {
  const node: GraphNode = { id: "again", kind: "task", task, needs: [], input: { ref: "$in" } };
  return { canvas: 1, name: "again", nodes: [node], output: { ref: "again" } };
}
