import { ConstantInvalidError } from "./build-errors.ts";
import { carriedBy } from "./carried-expression.ts";
import { constExpr } from "../graph/expression.ts";
import type { ConstExpr } from "../graph/expression.ts";
import { GAPS_MAX, REFUSED_NAME } from "../wire/value-not-serialisable.ts";

/** Constants may nest this deep; one that contains itself reaches it too. */
const DEPTH_MAX = 500;

/**
 * A constant for a canvas: a copy, so that the canvas does not change when the caller's object does. Undefined fields are
 * left out; undefined itself is `null`.
 *
 * @throws {@link ConstantInvalidError} for what cannot be stored. `place` says where it stands, `path` what it is there.
 */
export function constantExpr(value: unknown, place: string, path = "the value"): ConstExpr {
  const copier = new Copier(place);
  const copy = copier.copy(value, path, 0);
  return constExpr(copy, copier);
}

class Copier {
  parts = 0;
  /** Of the deepest value so far. */
  depth = 0;
  readonly #place: string;
  constructor(place: string) {
    this.#place = place;
  }

  copy(value: unknown, path: string, depth: number): unknown {
    this.parts += 1;
    this.depth = Math.max(this.depth, depth);
    if (depth > DEPTH_MAX) throw this.#invalid(path, `nested deeper than ${DEPTH_MAX} levels, or contains itself`);
    switch (typeof value) {
      case "string":
      case "boolean":
      case "bigint":
        return value;
      case "undefined":
        return null;
      case "number":
        if (!Number.isFinite(value)) throw this.#invalid(path, `${value}, which is not a number that can be stored`);
        return value;
      case "object":
        return value === null ? null : this.#copyObject(value, path, depth);
      case "function":
      case "symbol":
        throw this.#invalid(path, `a ${typeof value}`);
    }
  }

  #copyObject(value: object, path: string, depth: number): unknown {
    if (carriedBy(value) !== undefined) throw this.#invalid(path, "a reference, which has no value yet");
    if (value instanceof Date) {
      if (Number.isNaN(value.getTime())) throw this.#invalid(path, "an invalid Date");
      return new Date(value);
    }
    // A Buffer becomes what it is everywhere else after the wire.
    if (value instanceof Uint8Array) return new Uint8Array(value);
    if (Array.isArray(value)) return this.#copyArray(value, path, depth);
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype !== Object.prototype && prototype !== null) {
      throw this.#invalid(path, `an object of the class ${value.constructor?.name || "(none)"}`);
    }
    const fields: [string, unknown][] = [];
    for (const [key, item] of Object.entries(value)) {
      if (item === undefined) continue;
      if (key === REFUSED_NAME) throw this.#invalid(`${path}.${key}`, "a field of a name that no field may have");
      fields.push([key, this.copy(item, `${path}.${key}`, depth + 1)]);
    }
    return Object.fromEntries(fields);
  }

  #copyArray(value: readonly unknown[], path: string, depth: number): unknown[] {
    const copy: unknown[] = [];
    let gaps = 0;
    for (let i = 0; i < value.length; i++) {
      const item = value[i];
      if (item === undefined && !(i in value) && ++gaps > GAPS_MAX)
        throw this.#invalid(path, `a list of ${value.length} places with more than ${GAPS_MAX} gaps`);
      copy.push(this.copy(item, `${path}[${i}]`, depth + 1));
    }
    return copy;
  }

  #invalid(path: string, what: string): ConstantInvalidError {
    return new ConstantInvalidError(this.#place, path, what);
  }
}
