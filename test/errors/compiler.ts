import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import path from "node:path";

const packageFile = createRequire(import.meta.url).resolve("typescript/package.json");
const compiler = path.join(path.dirname(packageFile), "bin", "tsc");

/** The repository's root, to which the compiler's paths are relative. */
export const ROOT = path.resolve(import.meta.dirname, "../..");

/** Runs the workspace's TypeScript; resolves with what it prints, whether or not it finds errors. */
export function runCompiler(...args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(
      process.execPath,
      [compiler, "--pretty", "false", ...args],
      { cwd: ROOT, maxBuffer: 64 * 1024 * 1024 },
      (error, stdout, stderr) => {
        // Exit code 2 says that there are errors in the program; anything else is a failure of the compiler itself.
        if (error !== null && stdout === "") reject(new Error(`tsc failed: ${stderr || error.message}`));
        else resolve(stdout);
      },
    );
  });
}
