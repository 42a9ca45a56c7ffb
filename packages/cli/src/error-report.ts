import { isArpeggioError } from "@arpeggio/core";
import { RunFailedError } from "arpeggio";
import { exitCodeOf } from "./exit-codes.ts";

/** Says what went wrong on standard error, and returns the exit code for it. */
export function reportError(error: unknown, isVerbose: boolean): number {
  const code = isArpeggioError(error) ? error.code : undefined;
  console.error(summary(error));
  if (isArpeggioError(error)) console.error(`  hint: ${error.hint}`);
  if (isVerbose) for (const stack of stacks(error)) console.error(stack);
  return exitCodeOf(code);
}

function summary(error: unknown): string {
  if (error instanceof RunFailedError) {
    const { failure } = error;
    const attempt = failure.attempt === undefined ? "" : ` (attempt ${failure.attempt})`;
    return `${error.code} run ${error.runId}: ${failure.code} ${failure.message}${attempt}`;
  }
  if (isArpeggioError(error)) return `${error.code} ${error.message}`;
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}

function stacks(error: unknown): readonly string[] {
  const found: string[] = [];
  for (let one = error; one instanceof Error && found.length < 10; one = one.cause)
    found.push(one.stack ?? String(one));
  return found;
}
