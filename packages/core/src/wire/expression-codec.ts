import { OPERATORS } from "../graph/expression.ts";
import type { Expr } from "../graph/expression.ts";
import { DECODE_DEPTH_MAX } from "./depth-limits.ts";
import { RecordUndecodableError } from "./frame.ts";
import { pack } from "./msgpack.ts";
import { decodePayload } from "./payload.ts";
import type { Payload } from "./records.ts";

/**
 * An expression as an attempt carries it. Not `encodePayload`: an expression has two levels for
 * each of the value that it makes, so it may lie deeper than a value may.
 *
 * @throws {@link ValueNotSerialisableError} if a constant in it is no plain data.
 */
export function encodeExpression(expr: Expr): Uint8Array {
  return pack(expr, DECODE_DEPTH_MAX);
}

/**
 * What {@link encodeExpression} wrote, in the shape that evaluating it counts on. To which arguments its references lead is not
 * looked at: to one that is not there means to nothing.
 *
 * @throws {@link RecordUndecodableError}
 */
export function decodeExpression(bytes: Payload): Expr {
  const expr = decodePayload(bytes);
  const open = [expr];
  while (open.length > 0) for (const part of partsIn(open.pop())) open.push(part);
  return expr as Expr;
}

type Part = Readonly<Record<string, unknown>>;
type Form = (expr: Part) => unknown;

/** The parts of each form of expression; anything but a list where it is none. */
const forms: ReadonlyMap<string, Form> = new Map<string, Form>([
  ["const", () => []],
  ["ref", ({ ref, path }) => typeof ref === "string" && (path === undefined || isPath(path)) && []],
  ["array", ({ array }) => array],
  ["object", ({ object }) => isObject(object) && Object.values(object)],
  ["merge", ({ merge }) => merge],
  ["concat", ({ concat }) => concat],
  ["get", ({ get, path }) => isPath(path) && [get]],
  ["op", ({ op, args }) => OPERATORS.some((known) => known === op) && args],
]);

function partsIn(expr: unknown): readonly unknown[] {
  const found = isObject(expr) ? Object.keys(expr).filter((key) => forms.has(key)) : [];
  const [form = ""] = found;
  const parts = found.length === 1 ? forms.get(form)?.(expr as Part) : undefined;
  if (!Array.isArray(parts)) throw new RecordUndecodableError("an expression has a part that is none");
  return parts;
}

function isObject(value: unknown): value is Part {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

function isPath(path: unknown): boolean {
  return Array.isArray(path) && path.every((key) => typeof key === "string" || typeof key === "number");
}
