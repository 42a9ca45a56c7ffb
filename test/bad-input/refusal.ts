import { readFileSync } from "node:fs";
import { isArpeggioError, type ArpeggioError } from "@arpeggio/core";
import { expect } from "vitest";

const documented = new Set(
  [...readFileSync(new URL("../../docs/reference/errors.md", import.meta.url), "utf8").matchAll(/^### (.+)$/gm)].map(
    ([, code]) => code ?? "",
  ),
);

/** The error with which something is refused: one of ours, that says what to do, and whose code is documented. */
export async function refusal(act: () => unknown): Promise<ArpeggioError> {
  const error = await thrownBy(act);
  if (!isArpeggioError(error)) expect.fail(`not an error of ours: ${(error as Error).stack ?? String(error)}`);
  expect(documented).toContain(error.code);
  expect(error.hint.length).toBeGreaterThan(10);
  // Whoever gives a megabyte by mistake must be able to read the answer.
  expect(error.message.length).toBeLessThan(1_000);
  return error;
}

/** What a call throws, or rejects with. */
async function thrownBy(act: () => unknown): Promise<unknown> {
  try {
    const value = await act();
    return expect.fail(`nothing was refused, but ${typeof value} came`);
  } catch (error) {
    return error;
  }
}
