import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The repository's folder, with a slash at the end. */
export const root = fileURLToPath(new URL("../../", import.meta.url));

/** Every file that is committed or would be by `git add .`; paths from the root, with slashes. */
export function repositoryFiles(): readonly string[] {
  const list = ["ls-files", "--cached", "--others", "--exclude-standard", "-z"];
  const output = execFileSync("git", list, { cwd: root, encoding: "utf8", maxBuffer: 2 ** 26 });
  const gone = execFileSync("git", ["ls-files", "--deleted", "-z"], { cwd: root, encoding: "utf8" }).split("\0");
  return [...new Set(output.split("\0"))].filter((path) => path !== "" && !gone.includes(path)).sort();
}

/** The text of a file; `path` is from the root. */
export function read(path: string): string {
  return readFileSync(join(root, path), "utf8");
}

/** Whether `path` is part of what a package publishes: its sources, without tests and what only tests use. */
export function isPackageSource(path: string): boolean {
  const isTest = path.endsWith(".test.ts") || /\/src\/(.+\/)?testing\//.test(path);
  return /^packages\/[^/]+\/(src|bin)\/.+\.[jt]s$/.test(path) && !isTest;
}
