import { types } from "node:util";
import { deeply } from "../collections/deep-call.ts";
import type { DeepCall } from "../collections/deep-call.ts";
import { ArpeggioError } from "../errors/arpeggio-error.ts";

/** A value has something in it that cannot travel between processes. */
export class ValueNotSerialisableError extends ArpeggioError {
  override readonly name = "ValueNotSerialisableError";
  readonly code = "VALUE_NOT_SERIALISABLE";
  readonly hint =
    "Values may hold what JSON can, Uint8Array, Date and bigint; turn everything else into these before it is passed on.";
  /** Where in the value, e.g. `.items[3].when`; empty if it is the value itself. */
  readonly path: string;
  constructor(path: string, reason: string) {
    super(`the value ${path === "" ? "" : `at ${path} `}${reason}`);
    this.path = path;
  }
}

/** The one name that no property may have, as an assignment to it changes the prototype: msgpackr does not read it back. */
export const REFUSED_NAME = "__proto__";
const REFUSED_NAME_REASON = `is a property named ${REFUSED_NAME}`;

/** How many places of a list may have nothing in them, not even undefined. */
export const GAPS_MAX = 10_000;

/** @throws {@link ValueNotSerialisableError} if it is {@link REFUSED_NAME}. */
export function refuseName(name: string): void {
  if (name === REFUSED_NAME) throw new ValueNotSerialisableError(`.${name}`, REFUSED_NAME_REASON);
}

/**
 * Whether `value` is an object of plain properties: one made by `{}`, by `Object.create(null)`, or by either in another
 * realm (`node:vm`), whose `Object.prototype` is not ours.
 */
export function isPlainObject(value: object): value is Record<string, unknown> {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) return true;
  return Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype as object, "isPrototypeOf");
}

interface Refusal {
  readonly path: string;
  readonly reason: string;
}

/** Looks for what the encoder refused. The walk is depth first, as the encoder's is, so it finds the same thing. */
export function placeOfUnserialisable(value: unknown, depthMax: number): Refusal {
  return (
    deeply(search(value, "", new Set(), depthMax)) ?? {
      path: "",
      reason: "changed while it was being encoded (a getter or a proxy)",
    }
  );
}

function* search(value: unknown, path: string, above: Set<object>, depthMax: number): DeepCall<Refusal | undefined> {
  if (typeof value === "function")
    return { path, reason: `is a function${value.name === "" ? "" : ` (${value.name})`}` };
  if (typeof value === "symbol") return { path, reason: `is a symbol (${String(value)})` };
  if (typeof value !== "object" || value === null || types.isUint8Array(value)) return undefined;
  if (types.isDate(value)) return Number.isNaN(value.getTime()) ? { path, reason: "is an invalid Date" } : undefined;
  if (above.has(value)) return { path: cut(path), reason: "contains itself" };
  if (above.size >= depthMax) return { path: cut(path), reason: `lies more than ${depthMax} levels deep` };
  const isArray = Array.isArray(value);
  if (!isArray && !isPlainObject(value)) return { path, reason: `is ${instanceName(value)}` };
  above.add(value);
  let gaps = 0;
  for (const key of isArray ? value.keys() : Object.keys(value)) {
    const place = typeof key === "number" ? `[${key}]` : /^[\w$]+$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
    const inner = (value as Record<string | number, unknown>)[key];
    if (key === REFUSED_NAME && inner !== undefined) return { path: path + place, reason: REFUSED_NAME_REASON };
    if (isArray && inner === undefined && !(key in value) && ++gaps > GAPS_MAX)
      return { path, reason: `is a list of ${value.length} places with more than ${GAPS_MAX} gaps` };
    const found = (yield search(inner, path + place, above, depthMax)) as Refusal | undefined;
    if (found !== undefined) return found;
  }
  above.delete(value);
  return undefined;
}

function instanceName(value: object): string {
  const { constructor } = value as { constructor?: unknown };
  const name = typeof constructor === "function" ? constructor.name : "";
  return name === "" ? "not a plain object" : `an instance of ${name}`;
}

function cut(path: string): string {
  return path.length <= 200 ? path : `${path.slice(0, 100)} … ${path.slice(-100)}`;
}
