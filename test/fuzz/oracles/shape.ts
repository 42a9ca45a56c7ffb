import { ensure } from "./harm.ts";

/** What the records of a kind look like: which fields there are, which of them always, and of which types. */
export interface Shape {
  readonly types: Set<string>;
  readonly fields: Map<string, Shape>;
  /** In how many of the examples it stands, and how many there are of what is around it. */
  seen: number;
  element: Shape | undefined;
}

/** Fields that hold what users have named: their own fields are any, of one type. */
const DICTIONARIES = new Set(["labels", "counts", "named"]);
/** Of a user, so of any type. */
const ANYTHING = new Set(["data"]);

/** The shape that all of the examples have. */
export function shapeOf(examples: readonly unknown[]): Shape {
  const shape = emptyShape();
  for (const example of examples) learn(shape, example);
  return shape;
}

function emptyShape(): Shape {
  return { types: new Set(), fields: new Map(), seen: 0, element: undefined };
}

function learn(shape: Shape, value: unknown): void {
  shape.seen++;
  shape.types.add(typeOf(value));
  if (Array.isArray(value)) {
    shape.element ??= emptyShape();
    for (const item of value) learn(shape.element, item);
  } else if (typeOf(value) === "object") {
    for (const [name, field] of Object.entries(value as object)) {
      let known = shape.fields.get(name);
      if (known === undefined) shape.fields.set(name, (known = emptyShape()));
      learn(known, field);
    }
  }
}

function typeOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "list";
  return value instanceof Uint8Array ? "bytes" : typeof value;
}

/** @throws HarmError where a field has another type than in all examples, is one that none of them has, or is missing. */
export function ensureShape(shape: Shape, value: unknown, what: string): void {
  const type = typeOf(value);
  ensure(shape.types.has(type), `${what} is a ${type}, not a ${[...shape.types].join(" or ")}`);
  if (type === "number") ensure(Number.isFinite(value), `${what} is ${String(value)}`);
  if (Array.isArray(value)) {
    for (const item of value)
      if (shape.element !== undefined && shape.element.seen > 0) ensureShape(shape.element, item, `${what}[]`);
  } else if (type === "object") ensureFields(shape, value as Readonly<Record<string, unknown>>, what);
}

function ensureFields({ fields, seen }: Shape, value: Readonly<Record<string, unknown>>, what: string): void {
  for (const [name, field] of Object.entries(value)) {
    if (ANYTHING.has(name)) continue;
    const known = fields.get(name);
    ensure(known !== undefined, `${what} has a field '${name}'`);
    if (DICTIONARIES.has(name)) ensureDictionary(known, field, `${what}.${name}`);
    // Errors have causes as deep as they like.
    else if (name === "cause") ensureError(field, `${what}.${name}`);
    else ensureShape(known, field, `${what}.${name}`);
  }
  for (const [name, known] of fields) ensure(known.seen < seen || name in value, `${what} has no '${name}'`);
}

function ensureError(value: unknown, what: string): void {
  ensure(typeOf(value) === "object", `${what} is no object`);
  const { name, message, cause, ...rest } = value as Readonly<Record<string, unknown>>;
  ensure(typeof name === "string" && typeof message === "string", `${what} has no name or message`);
  for (const text of Object.values(rest)) ensure(typeof text === "string", `${what} has something that is no text`);
  if (cause !== undefined) ensureError(cause, what);
}

function ensureDictionary({ fields }: Shape, value: unknown, what: string): void {
  const [any] = fields.values();
  ensure(typeOf(value) === "object", `${what} is no object`);
  for (const [name, field] of Object.entries(value as object))
    if (any !== undefined) ensureShape(any, field, `${what}.${name}`);
}
