/** Deletes what builds, tests and docs leave behind. Keeps node_modules and the nats-server programs in .cache. */
import { existsSync, readdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";

const root = dirname(import.meta.dirname);
const projects = ["examples", ...readdirSync(join(root, "packages")).map((name) => join("packages", name))];
// The compiler keeps its notes on what is up to date in node_modules/.cache; without dist they would be wrong.
const outputs = projects.flatMap((project) => [join(project, "dist"), join(project, "node_modules", ".cache")]);

for (const output of [...outputs, "docs/api", "out", "coverage", ".bench"]) {
  const path = join(root, output);
  if (!existsSync(path)) continue;
  rmSync(path, { recursive: true });
  console.log(`deleted ${output}`);
}
