import { OptionInvalidError } from "./build-errors.ts";

/** Milliseconds, or a number with a unit: `"250ms"`, `"30s"`, `"5m"`, `"2h"`, `"1d"`. */
export type Duration = number | `${number}${"ms" | "s" | "m" | "h" | "d"}`;

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const TEXT = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/;
/** Longer than anything waits for; keeps sums of durations exact. */
const MS_MAX = 100 * 365 * 86_400_000;

/**
 * A duration in whole milliseconds. `option` names it in the error.
 *
 * @throws {@link OptionInvalidError} unless it is a finite number from 0 to a hundred years, or such a text.
 */
export function durationMs(option: string, value: unknown): number {
  const ms = typeof value === "number" ? value : typeof value === "string" ? textMs(value) : Number.NaN;
  if (!(ms >= 0 && ms <= MS_MAX)) {
    throw new OptionInvalidError(
      option,
      value,
      'milliseconds as a number, or text such as "250ms", "30s", "5m", "2h", "1d"',
    );
  }
  return Math.round(ms);
}

function textMs(text: string): number {
  const match = TEXT.exec(text);
  const unit = match?.[2] === undefined ? undefined : UNIT_MS[match[2]];
  return unit === undefined ? Number.NaN : Number(match?.[1]) * unit;
}
