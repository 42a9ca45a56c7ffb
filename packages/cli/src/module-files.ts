import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { ArgumentInvalidError } from "./cli-errors.ts";
import { collected } from "./flag-values.ts";
import { listIn } from "./server-options.ts";

/** Where modules that nobody names are looked for: in the first of these folders that has any. */
const FOLDERS = [".", "dist"];
const NAMES = ["workflows.js", "workflows.mjs", "tasks.js", "tasks.mjs"];

/** Adds `--module` to a command. */
export function withModules(command: Command): Command {
  return command.option(
    "--module <file>",
    "JavaScript module that exports it; again for several (default: ARPEGGIO_MODULES, or workflows.js and tasks.js here or in dist)",
    collected,
  );
}

/** The modules that are meant. @throws ArgumentInvalidError if none is named, and none is where it would be looked for. */
export function moduleFiles(given: readonly string[] | undefined): readonly string[] {
  if (given !== undefined) return given;
  const said = listIn(process.env["ARPEGGIO_MODULES"] ?? "");
  if (said.length > 0) return said;
  for (const folder of FOLDERS) {
    const found = NAMES.map((name) => join(folder, name)).filter((file) => existsSync(file));
    if (found.length > 0) return found;
  }
  throw new ArgumentInvalidError("--module", undefined, "a JavaScript module that exports the workflow");
}
