import type { Codes, Tally } from "../oracles/harm.ts";
import { ensure, tried } from "../oracles/harm.ts";
import { ensurePlain } from "../oracles/plain-data.ts";
import { ensureShape } from "../oracles/shape.ts";
import type { Shape } from "../oracles/shape.ts";
import type { Random } from "../random.ts";

/** Decoders that read the same kind of bytes, with what makes these bytes. */
export interface Group {
  readonly name: string;
  readonly make: (random: Random) => Uint8Array;
  /** @throws HarmError */
  readonly read: (bytes: Uint8Array, tally: Tally) => void | Promise<void>;
}

/** A pair of functions of which one reads what the other writes. */
export interface Decoder<T> {
  readonly name: string;
  readonly decode: (bytes: Uint8Array) => T;
  readonly encode: (value: T) => Uint8Array;
  /** Of what comes out of it. */
  readonly shape?: (value: T) => Shape | undefined;
  /** Codes of errors with which writing may refuse what was read. */
  readonly refusals?: Codes;
  /** What is done next with what was read. */
  readonly next?: (value: T, tally: Tally) => void;
}

/** Reads bytes, and looks at what comes out of them; undefined where they are refused. */
export function decoded<T>(decoder: Decoder<T>, bytes: Uint8Array, tally: Tally): { readonly value: T } | undefined {
  const { name, decode, encode, shape, refusals = [], next } = decoder;
  const found = tried(tally, name, [], () => decode(bytes));
  if (found === undefined) return undefined;
  const { value } = found;
  ensurePlain(value, name);
  const expected = shape?.(value);
  if (expected !== undefined) ensureShape(expected, value, name);
  const written = tried({ read: 0, refused: 0 }, `${name}, written again,`, refusals, () => encode(value))?.value;
  if (written !== undefined) {
    const again = encode(decode(written));
    ensure(Buffer.compare(written, again) === 0, `${name}: what was read is another when it is written and read again`);
  }
  next?.(value, tally);
  return found;
}

/** Shapes by what a field of the records says, such as their type. */
export function shapeBy<T>(field: keyof T, shapes: Readonly<Record<string, Shape>>): (value: T) => Shape | undefined {
  return (value) => shapes[String(value[field])];
}

/** A logger for what is expected to complain. */
export const silent = { debug() {}, info() {}, warn() {}, error() {} };
