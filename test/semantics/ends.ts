import { RunFailedError } from "arpeggio";
import { isAmong } from "@arpeggio/testing";
import type { CanvasEnd } from "@arpeggio/testing";

/** How a run has ended, by its `result()`; what went wrong with asking for it is thrown. */
export async function endOf(result: Promise<unknown>): Promise<CanvasEnd> {
  try {
    return { value: await result };
  } catch (error) {
    if (error instanceof RunFailedError) return { failed: true };
    throw error;
  }
}

/** What to tell where `end` is none of the `ends`; undefined where it is one, or where nobody can list them. */
export function unlike(ends: readonly CanvasEnd[] | undefined, end: CanvasEnd): object | undefined {
  return isAmong(ends, end) ? undefined : { came: end, meant: ends };
}
