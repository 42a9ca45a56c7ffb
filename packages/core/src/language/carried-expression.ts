import type { Expr } from "../graph/expression.ts";

/** What references are made for: one call of a mapping, or one flow. References of two origins do not meet in one value. */
export interface ReferenceOrigin {
  /** Begins a message: "the mapping of 'b' after 'a'". */
  readonly place: string;
  /** What messages call what an expression refers to: `x`, or a step of a flow. */
  readonly nameOf: (ref: string) => string;
  /** What has been read or computed, and is not used so far. */
  readonly unused: Set<Expr>;
}

/** What a reference stands for. */
export interface CarriedExpression {
  readonly expr: Expr;
  readonly origin: ReferenceOrigin;
}

/** Where a reference has its expression. Registered, like the mark of canvases. */
export const EXPR = Symbol.for("@arpeggio/core/reference");

/** What `value` stands for if it is a reference. */
export function carriedBy(value: unknown): CarriedExpression | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  return (value as { readonly [EXPR]?: CarriedExpression })[EXPR];
}
