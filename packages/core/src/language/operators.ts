import { opExpr } from "../graph/expression.ts";
import type { Operator } from "../graph/expression.ts";
import { MappingInvalidError } from "./build-errors.ts";
import { carriedBy } from "./carried-expression.ts";
import type {
  ConditionOperand,
  ConditionOperands,
  EqualOperand,
  OrderedOperand,
  SameOrderOperand,
  SizedOperand,
} from "./operand-check.ts";
import { readReference, templateOf } from "./reference.ts";
import type { Ref, Reference } from "./reference.ts";

/**
 * Small computations in mappings, flows and conditions, over references and constants. Each gives a reference to its value;
 * what it computes is data, and stored with the graph.
 */

/**
 * Whether two values are equal, part by part. What is missing equals `null`.
 *
 * ```ts
 * loop(poll, { until: (order) => eq(order.state, "filled"), max: 100 });
 * ```
 *
 * @throws MappingInvalidError without a reference among the operands, or with references of different functions.
 */
export function eq<const A, const B>(left: A, right: EqualOperand<"eq", A, B>): Ref<boolean> {
  return operation("eq", [left, right]);
}

/** Whether two values differ; the opposite of {@link eq}. */
export function ne<const A, const B>(left: A, right: EqualOperand<"ne", A, B>): Ref<boolean> {
  return operation("ne", [left, right]);
}

/**
 * Whether `left` comes before `right`: two numbers, two texts (by UTF-16 units) or two Dates. Anything else fails the node
 * with `EXPRESSION_FAILED`, also what is missing: `and(exists(x.age), lt(x.age, 18))`.
 *
 * @throws MappingInvalidError
 */
export function lt<const A, const B>(left: OrderedOperand<"lt", A>, right: SameOrderOperand<"lt", A, B>): Ref<boolean> {
  return operation("lt", [left, right]);
}

/** Whether `left` comes before `right` or is equal to it; see {@link lt}. */
export function le<const A, const B>(left: OrderedOperand<"le", A>, right: SameOrderOperand<"le", A, B>): Ref<boolean> {
  return operation("le", [left, right]);
}

/** Whether `left` comes after `right`; see {@link lt}. */
export function gt<const A, const B>(left: OrderedOperand<"gt", A>, right: SameOrderOperand<"gt", A, B>): Ref<boolean> {
  return operation("gt", [left, right]);
}

/** Whether `left` comes after `right` or is equal to it; see {@link lt}. */
export function ge<const A, const B>(left: OrderedOperand<"ge", A>, right: SameOrderOperand<"ge", A, B>): Ref<boolean> {
  return operation("ge", [left, right]);
}

/**
 * Whether all conditions are true. Stops at the first that is false, so that a later one may rely on an earlier.
 *
 * @throws MappingInvalidError
 */
export function and<const A extends readonly unknown[]>(...conditions: ConditionOperands<"and", A>): Ref<boolean> {
  return operation("and", conditions as unknown as readonly unknown[]);
}

/**
 * Whether any condition is true. Stops at the first that is.
 *
 * @throws MappingInvalidError
 */
export function or<const A extends readonly unknown[]>(...conditions: ConditionOperands<"or", A>): Ref<boolean> {
  return operation("or", conditions as unknown as readonly unknown[]);
}

/** Whether a condition is false. @throws MappingInvalidError */
export function not<const A>(condition: ConditionOperand<"not", A>): Ref<boolean> {
  return operation("not", [condition]);
}

/** Whether a value is there: neither missing nor `null`. @throws MappingInvalidError */
export function exists(value: Reference<unknown> | undefined): Ref<boolean> {
  return operation("exists", [value]);
}

/**
 * How many items a list has, letters (UTF-16 units) a text, bytes binary data, fields an object.
 *
 * @throws MappingInvalidError
 */
export function size<const A>(value: SizedOperand<A>): Ref<number> {
  return operation("size", [value]);
}

function operation<T>(op: Operator, operands: readonly unknown[]): Ref<T> {
  const [first] = operands.flatMap((operand) => carriedBy(operand) ?? []);
  if (first === undefined) {
    throw new MappingInvalidError(
      `${op}(…)`,
      "has no reference among its operands",
      "Give it what the mapping or flow was given, or a field of it. What is known beforehand is computed as usual: ===, <, &&.",
    );
  }
  const { origin } = first;
  const args = operands.map((operand) => templateOf(operand, origin, `${op}(…) in ${origin.place}`));
  return readReference(opExpr(op, ...args), origin) as Ref<T>;
}
