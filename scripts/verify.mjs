/**
 * Proves everything about the source that needs no test run: format, lint, types, build, packages, docs.
 *
 *   pnpm verify              all steps, stopping at the first that fails
 *   pnpm verify lint types   only these
 */
import { spawn } from "node:child_process";
import { dirname, join } from "node:path";
import { checkPackages } from "./package-check.mjs";

const root = dirname(import.meta.dirname);
const program = (name, ...args) => run(join(root, "node_modules", ".bin", name), args);

/** In the order of how soon they tell of a mistake; `advice` is for a reader whose change fails the step. */
const steps = [
  { name: "format", advice: "`pnpm format` puts it right", check: () => program("oxfmt", "--check", ".") },
  {
    name: "lint",
    advice: "the rules are in .oxlintrc.json",
    check: () => program("oxlint", "--type-aware", "--deny-warnings"),
  },
  { name: "types", advice: "`pnpm check` repeats it", check: () => program("tsc", "-p", "tsconfig.json") },
  {
    name: "build",
    advice: "a package may lack a reference in its tsconfig.json",
    check: () => program("tsc", "-b", "tsconfig.build.json"),
  },
  {
    name: "packages",
    advice: "what a package publishes is in its package.json",
    check: () => checkPackages(root),
  },
  {
    name: "docs",
    advice:
      "every type that a public name mentions has to be exported, and every {@link} to lead somewhere; `pnpm run docs` repeats it",
    check: () => run("pnpm", ["--filter", "@arpeggio/docs", "build", "--logLevel", "Warn"]),
  },
];

process.exitCode = await main(process.argv.slice(2));

async function main(names) {
  const unknown = names.find((name) => !steps.some((step) => step.name === name));
  if (unknown !== undefined) {
    console.error(`no step is called ${unknown}; there are ${steps.map((step) => step.name).join(", ")}`);
    return 1;
  }
  for (const step of steps.filter(({ name }) => names.length === 0 || names.includes(name))) {
    const startedAt = performance.now();
    const problem = await step.check();
    const took = `${((performance.now() - startedAt) / 1000).toFixed(1)} s`;
    if (problem !== undefined) {
      console.error(problem.trimEnd());
      console.error(`\n✗ ${step.name} (${took}): ${step.advice}`);
      return 1;
    }
    console.log(`✓ ${step.name} (${took})`);
  }
  return 0;
}

/** Runs a command from the root; resolves with its output when it fails, with undefined when all is well. */
function run(command, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    child.stdout.on("data", (chunk) => (output += chunk));
    child.stderr.on("data", (chunk) => (output += chunk));
    child.on("error", reject);
    child.on("close", (code) => resolve(code === 0 ? undefined : `${output}\n${command} ended with code ${code}`));
  });
}
