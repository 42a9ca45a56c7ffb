import type { Expr } from "../graph/expression.ts";
import { encodeWith } from "./msgpack-writer.ts";
import { DECODE_DEPTH_MAX } from "./value-decoder.ts";
import { writeValue } from "./value-encoder.ts";

/**
 * An expression as an attempt carries it; `decodePayload` reads it. Not `encodePayload`: an expression has two levels for
 * each of the value that it makes, so it may lie deeper than a value may.
 *
 * @throws {@link ValueNotSerialisableError} if a constant in it is no plain data.
 */
export function encodeExpression(expr: Expr): Uint8Array {
  return encodeWith((writer) => writeValue(writer, expr, DECODE_DEPTH_MAX));
}
