import { nearNames } from "../errors/near-names.ts";
import { OptionInvalidError } from "./build-errors.ts";

/**
 * `options` itself. `what` names them in messages: "the options of map()".
 *
 * @throws {@link OptionInvalidError} unless it is an object that has no other than the `known` names.
 */
export function checkedOptions<T extends object>(what: string, options: T, known: readonly string[]): T {
  checkedObject(what, options);
  for (const [name, value] of Object.entries(options)) {
    if (!known.includes(name)) throw unknownOption(what, name, value, known);
  }
  return options;
}

function unknownOption(what: string, name: string, value: unknown, known: readonly string[]): OptionInvalidError {
  const [near] = nearNames(name, known);
  const expected = `one of ${known.join(", ")}`;
  return new OptionInvalidError(name, value, expected, {
    message: `${what}: there is no option '${name}'`,
    hint: `${near === undefined ? "" : `Did you mean '${near}'? `}It is ${expected}.`,
  });
}

/** `value` itself. @throws {@link OptionInvalidError} unless it is an object: no list, no map, no function. */
export function checkedObject<T extends object>(option: string, value: T): T {
  if (isObject(value)) return value;
  throw new OptionInvalidError(option, value, "an object");
}

/** `value` itself. @throws {@link OptionInvalidError} unless it has these methods. */
export function checkedMethods<T extends object>(option: string, value: T, methods: readonly (keyof T & string)[]): T {
  if (typeof value === "object" && value !== null && methods.every((name) => typeof value[name] === "function")) {
    return value;
  }
  throw new OptionInvalidError(option, value, `an object with the methods ${methods.join(", ")}`);
}

/** Whether it is an object of fields: what `{ … }` makes, or an instance of a class of somebody's own. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return Object.prototype.toString.call(value) === "[object Object]";
}

/** `value` itself. @throws {@link OptionInvalidError} unless it is an integer within these bounds. */
export function checkedInteger(option: string, value: unknown, min: number, max: number): number {
  if (Number.isInteger(value) && (value as number) >= min && (value as number) <= max) return value as number;
  throw new OptionInvalidError(option, value, `an integer from ${min} to ${max}`);
}
