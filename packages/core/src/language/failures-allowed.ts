import type { FailureLimit } from "../graph/graph.ts";
import { OptionInvalidError } from "./build-errors.ts";

/** So many, or a share of all: `3`, `"10%"`. */
export type FailuresAllowed = number | `${number}%`;

const PERCENT = /^(\d+(?:\.\d+)?)%$/;

/**
 * How many of `members` may fail, as graphs store it. Without `members`, how many there are is known only at run time.
 *
 * @throws {@link OptionInvalidError}
 */
export function failureLimit(value: FailuresAllowed, members = Number.MAX_SAFE_INTEGER): FailureLimit {
  if (typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= members) return { count: value };
  const share = typeof value === "string" ? Number(PERCENT.exec(value)?.[1]) / 100 : Number.NaN;
  if (share >= 0 && share <= 1) return { share };
  const most = members === Number.MAX_SAFE_INTEGER ? "an integer from 0 on" : `an integer from 0 to ${members}`;
  throw new OptionInvalidError("maxFailures", value, `${most}, or a share such as "10%"`);
}
