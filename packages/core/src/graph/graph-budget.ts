import { GRAPH_DEPTH_MAX, LEVELS_MAX } from "../wire/depth-limits.ts";
import { measureOf } from "./expression.ts";
import type { Expr } from "./expression.ts";
import { GraphTooLargeError } from "./graph-errors.ts";

/** More nodes than this in one graph, all levels together, is an error. */
const NODES_MAX = 100_000;
/** More parts of expressions than this in one graph, all levels together, is an error. */
const EXPRESSION_PARTS_MAX = 4_000_000;

/** How large a graph may become. */
export class GraphBudget {
  readonly #name: string;
  #nodes = 0;
  #parts = 0;

  /** @param name of the workflow, for the error. */
  constructor(name: string) {
    this.#name = name;
  }

  /**
   * Adds to the sums, and refuses what is beyond them.
   *
   * @param nesting how many lists and objects of the stored graph are around `expr`.
   * @throws {@link GraphTooLargeError}
   */
  spend(nodes: number, expr: Expr, nesting: number): void {
    const { parts, depth } = measureOf(expr);
    this.#nodes += nodes;
    this.#parts += parts;
    this.#limit(this.#nodes, "nodes", NODES_MAX);
    this.#limit(this.#parts, "parts of expressions", EXPRESSION_PARTS_MAX);
    this.#limit(nesting + depth, "levels", GRAPH_DEPTH_MAX);
  }

  /** For a level with `depth` levels around it. @throws {@link GraphTooLargeError} */
  enter(depth: number): void {
    if (depth > LEVELS_MAX) throw new GraphTooLargeError("a graph", depth, "levels in each other", LEVELS_MAX);
  }

  #limit(size: number, unit: string, max: number): void {
    if (size > max) throw new GraphTooLargeError(`the graph of '${this.#name}'`, size, unit, max);
  }
}
