import { ConstantInvalidError } from "./build-errors.ts";
import { carriedBy } from "./carried-expression.ts";
import { deeply } from "../collections/deep-call.ts";
import type { DeepCall } from "../collections/deep-call.ts";
import { constExpr } from "../graph/expression.ts";
import type { ConstExpr } from "../graph/expression.ts";
import { VALUE_DEPTH_MAX } from "../wire/depth-limits.ts";
import { GAPS_MAX, REFUSED_NAME } from "../wire/value-not-serialisable.ts";

/**
 * A constant for a canvas: a copy, so that the canvas does not change when the caller's object does. Undefined fields are
 * left out; undefined itself is `null`.
 *
 * @throws {@link ConstantInvalidError} for what cannot be stored. `place` says where it stands, `path` what it is there.
 */
export function constantExpr(value: unknown, place: string, path = "the value"): ConstExpr {
  const copier = new Copier(place);
  const copy = isObject(value) ? deeply(copier.copyObject(value, path, 0)) : copier.copyLeaf(value, path, 0);
  return constExpr(copy, copier);
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

class Copier {
  parts = 0;
  /** Of the deepest value so far. */
  depth = 0;
  readonly #place: string;
  constructor(place: string) {
    this.#place = place;
  }

  copyLeaf(value: unknown, path: string, depth: number): unknown {
    this.#count(path, depth);
    switch (typeof value) {
      case "undefined":
        return null;
      case "number":
        if (!Number.isFinite(value)) throw this.#invalid(path, `${value}, which is not a number that can be stored`);
        return value;
      case "function":
      case "symbol":
        throw this.#invalid(path, `a ${typeof value}`);
      default:
        return value;
    }
  }

  *copyObject(value: object, path: string, depth: number): DeepCall<unknown> {
    this.#count(path, depth);
    if (carriedBy(value) !== undefined) throw this.#invalid(path, "a reference, which has no value yet");
    if (value instanceof Date) {
      if (Number.isNaN(value.getTime())) throw this.#invalid(path, "an invalid Date");
      return new Date(value);
    }
    // A Buffer becomes what it is everywhere else after the wire.
    if (value instanceof Uint8Array) return new Uint8Array(value);
    if (Array.isArray(value)) return yield this.#copyArray(value, path, depth);
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype !== Object.prototype && prototype !== null) {
      throw this.#invalid(path, `an object of the class ${value.constructor?.name || "(none)"}`);
    }
    const fields: [string, unknown][] = [];
    for (const [key, item] of Object.entries(value)) {
      if (item === undefined) continue;
      const inner = `${path}.${key}`;
      if (key === REFUSED_NAME) throw this.#invalid(inner, "a field of a name that no field may have");
      const copy = isObject(item)
        ? yield this.copyObject(item, inner, depth + 1)
        : this.copyLeaf(item, inner, depth + 1);
      fields.push([key, copy]);
    }
    return Object.fromEntries(fields);
  }

  *#copyArray(value: readonly unknown[], path: string, depth: number): DeepCall<unknown[]> {
    const copy: unknown[] = [];
    let gaps = 0;
    for (let i = 0; i < value.length; i++) {
      const item = value[i];
      if (item === undefined && !(i in value) && ++gaps > GAPS_MAX)
        throw this.#invalid(path, `a list of ${value.length} places with more than ${GAPS_MAX} gaps`);
      const inner = `${path}[${i}]`;
      copy.push(isObject(item) ? yield this.copyObject(item, inner, depth + 1) : this.copyLeaf(item, inner, depth + 1));
    }
    return copy;
  }

  #count(path: string, depth: number): void {
    this.parts += 1;
    this.depth = Math.max(this.depth, depth);
    if (depth > VALUE_DEPTH_MAX)
      throw this.#invalid(path, `nested deeper than ${VALUE_DEPTH_MAX} levels, or contains itself`);
  }

  #invalid(path: string, what: string): ConstantInvalidError {
    return new ConstantInvalidError(this.#place, path, what);
  }
}
