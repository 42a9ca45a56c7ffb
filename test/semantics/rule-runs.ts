import { expect } from "vitest";
import type { RunFailure, RunHandle } from "arpeggio";
import { executionsOf } from "./tasks.ts";

/** Waits for a run that must fail, and gives its failure. */
export async function failureOf(run: RunHandle<unknown>) {
  const thrown = await run.result().then(
    (value) => expect.fail(`the run succeeded with ${JSON.stringify(value)}`),
    (error: unknown) => error as Error & { code: string; failure: RunFailure },
  );
  return thrown;
}

export const began = (run: string, name: string) =>
  executionsOf(run).filter((one) => one.task === name && one.phase === "began");
