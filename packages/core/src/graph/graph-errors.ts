import { ArpeggioError } from "../errors/arpeggio-error.ts";

/** A canvas grows beyond what a graph may hold. */
export class GraphTooLargeError extends ArpeggioError {
  override readonly name = "GraphTooLargeError";
  readonly code = "GRAPH_TOO_LARGE";
  readonly hint =
    "Use map() over a list instead of many members, and pass large values by reference. A canvas that uses itself twice doubles with every level.";
  constructor(what: string, size: number, unit: string, max: number) {
    super(`${what} has ${size} ${unit}, at most ${max} are allowed`);
  }
}

/** One thing wrong with a document that says it is a graph. */
export interface GraphProblem {
  /** Where, as a JSON pointer; empty for the document itself. */
  readonly path: string;
  readonly message: string;
}

const PROBLEMS_SHOWN = 5;

/** A document is not a valid graph. */
export class GraphInvalidError extends ArpeggioError {
  override readonly name = "GraphInvalidError";
  readonly code = "GRAPH_INVALID";
  readonly hint =
    "Graphs are made by compile(); one that was written or changed by hand has to follow docs/reference/graph.md.";
  readonly problems: readonly GraphProblem[];
  constructor(problems: readonly GraphProblem[]) {
    const lines = problems.slice(0, PROBLEMS_SHOWN).map((one) => `${one.path || "the document"} ${one.message}`);
    const more = problems.length - lines.length;
    super(`not a valid graph: ${lines.join("; ")}${more > 0 ? `; and ${more} more` : ""}`);
    this.problems = problems;
  }
}

/** An expression cannot be evaluated on the values at hand. */
export class ExpressionFailedError extends ArpeggioError {
  override readonly name = "ExpressionFailedError";
  readonly code = "EXPRESSION_FAILED";
  readonly hint =
    "A result does not have the shape that the step after it reads; compare the task's types with what it returns.";
}
