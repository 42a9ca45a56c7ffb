import { expect } from "vitest";
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

/** Fails, and shows both, where `end` is none of the `ends`. */
export function expectAmong(ends: readonly CanvasEnd[], end: CanvasEnd): void {
  expect(isAmong(ends, end) ? "as meant" : { came: end, meant: ends }).toBe("as meant");
}
