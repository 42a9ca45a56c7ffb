import { ExpressionFailedError } from "./graph-errors.ts";
import type { Operator } from "./expression.ts";
import { payloadsEqual } from "./plain-equality.ts";

/** More parts than this of one list is an error, not an attempt to make them. */
const PARTS_MAX = 1_000_000;

type Operation = (args: readonly unknown[]) => unknown;

const operations: Readonly<Record<Operator, Operation>> = {
  eq: ([left, right]) => payloadsEqual(left, right),
  ne: ([left, right]) => !payloadsEqual(left, right),
  lt: ([left, right]) => order("lt", left, right) < 0,
  le: ([left, right]) => order("le", left, right) <= 0,
  gt: ([left, right]) => order("gt", left, right) > 0,
  ge: ([left, right]) => order("ge", left, right) >= 0,
  and: (all) => all.every((one) => truth("and", one)),
  or: (all) => all.some((one) => truth("or", one)),
  not: ([one]) => !truth("not", one),
  exists: ([one]) => one !== undefined && one !== null,
  size: ([value]) => sizeOf(value),
  chunk: ([list, size]) => chunksOf(list, size),
  flat: ([lists]) => listIn("flat", lists).flatMap((list) => listIn("flat", list)),
};

/**
 * What an operator yields for values; undefined stands for what is not there, and equals `null`.
 *
 * @throws {@link ExpressionFailedError} for values that the operator cannot take.
 */
export function operate(op: Operator, args: readonly unknown[]): unknown {
  return operations[op](args);
}

/** Numbers, bigints, texts and Dates have an order, each among themselves. */
function order(op: Operator, left: unknown, right: unknown): number {
  const [a, b] = [comparable(left), comparable(right)];
  if (a !== undefined && b !== undefined && isNumeric(a) === isNumeric(b)) return a < b ? -1 : a > b ? 1 : 0;
  throw new ExpressionFailedError(
    `'${op}' compares two numbers, two texts or two Dates, but got ${kinds(left, right)}`,
  );
}

function comparable(value: unknown): number | bigint | string | undefined {
  if (value instanceof Date) return value.getTime();
  return typeof value === "number" || typeof value === "bigint" || typeof value === "string" ? value : undefined;
}

function isNumeric(value: number | bigint | string): boolean {
  return typeof value !== "string";
}

function truth(op: Operator, value: unknown): boolean {
  if (typeof value === "boolean") return value;
  throw new ExpressionFailedError(`'${op}' takes true or false, but got ${kinds(value)}`);
}

function sizeOf(value: unknown): number {
  if (typeof value === "string" || Array.isArray(value) || value instanceof Uint8Array) return value.length;
  if (typeof value === "object" && value !== null && !(value instanceof Date)) return Object.keys(value).length;
  throw new ExpressionFailedError(`'size' takes a list, a text, bytes or an object, but got ${kinds(value)}`);
}

function chunksOf(value: unknown, size: unknown): unknown[][] {
  const list = listIn("chunk", value);
  if (typeof size !== "number" || !Number.isInteger(size) || size < 1 || size > PARTS_MAX) {
    throw new ExpressionFailedError(`'chunk' takes a whole number from 1 to ${PARTS_MAX}, but got ${kinds(size)}`);
  }
  const parts: unknown[][] = [];
  for (let from = 0; from < list.length; from += size) parts.push(list.slice(from, from + size));
  return parts;
}

function listIn(op: Operator, value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new ExpressionFailedError(`'${op}' takes a list, but got ${kinds(value)}`);
}

function kinds(...values: readonly unknown[]): string {
  return values
    .map((value) => {
      if (value === null || value === undefined) return "nothing";
      if (Array.isArray(value)) return "a list";
      if (value instanceof Date) return "a Date";
      if (value instanceof Uint8Array) return "binary data";
      return typeof value === "object" ? "an object" : `a ${typeof value}`;
    })
    .join(" and ");
}
