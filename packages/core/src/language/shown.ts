import { formIn, isCanvas } from "./canvas-mark.ts";
import { carriedBy } from "./carried-expression.ts";

const CHARS_MAX = 120;

/** A value of somebody else's for a message: short, and never throwing itself. */
export function shown(value: unknown): string {
  if (carriedBy(value) !== undefined) return "a reference";
  if (isCanvas(value)) return `the canvas '${formIn(value).label}'`;
  if (typeof value === "function") return `a function${value.name ? ` '${value.name}'` : ""}`;
  // The digits of one of a million bits take long.
  if (typeof value === "bigint") return BigInt.asIntN(256, value) === value ? `${value}n` : "a very large bigint";
  if (typeof value === "symbol" || value === undefined) return String(value);
  if (typeof value === "number") return String(value);
  try {
    const text = JSON.stringify(value, (_, part: unknown) => (isCanvas(part) ? shown(part) : part));
    return text.length > CHARS_MAX ? `${text.slice(0, CHARS_MAX - 3)}…` : text;
  } catch {
    return "a value that cannot be shown";
  }
}
