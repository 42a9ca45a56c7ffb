import type { Expr } from "../graph/expression.ts";
import { DECODE_DEPTH_MAX } from "./depth-limits.ts";
import { pack } from "./msgpack.ts";

/**
 * An expression as an attempt carries it; `decodePayload` reads it. Not `encodePayload`: an expression has two levels for
 * each of the value that it makes, so it may lie deeper than a value may.
 *
 * @throws {@link ValueNotSerialisableError} if a constant in it is no plain data.
 */
export function encodeExpression(expr: Expr): Uint8Array {
  return pack(expr, DECODE_DEPTH_MAX);
}
