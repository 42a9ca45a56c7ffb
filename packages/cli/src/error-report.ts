import { isArpeggioError } from "@arpeggio/core";
import { RunFailedError } from "arpeggio";
import { exitCodeOf } from "./exit-codes.ts";
import { tell } from "./terminal.ts";

/** Says what went wrong on standard error, and returns the exit code for it. */
export function reportError(error: unknown, isVerbose: boolean): number {
  const code = isArpeggioError(error) ? error.code : undefined;
  tell(summary(error));
  const hint = hintOf(error);
  if (hint !== undefined) tell(`  hint: ${hint}`);
  if (isVerbose) for (const stack of stacks(error)) tell(stack);
  return exitCodeOf(code);
}

/** What to do on the command line; hints of errors speak to programs, too. */
function hintOf(error: unknown): string | undefined {
  if (error instanceof RunFailedError)
    return `'arpeggio redrive ${error.runId}' runs again what has not succeeded; --verbose shows the stack.`;
  return isArpeggioError(error) ? error.hint : undefined;
}

function summary(error: unknown): string {
  if (error instanceof RunFailedError)
    return `${error.code} run ${error.runId}: ${error.failure.code} ${error.failure.message}`;
  if (isArpeggioError(error)) return `${error.code} ${error.message}`;
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}

function stacks(error: unknown): readonly string[] {
  const found: string[] = [];
  for (let one = error; one instanceof Error && found.length < 10; one = one.cause)
    found.push(one.stack ?? String(one));
  return found;
}
