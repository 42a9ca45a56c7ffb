/**
 * Everything that can go wrong, on real processes: node test/chaos/main.mjs --help
 *
 * Needs the built packages. The files beside this one are TypeScript, which the oldest Node that we support does not run.
 */
import { join } from "node:path";
import { runnerImport } from "vite";

const path = join(import.meta.dirname, "chaos.ts");
const { module } = await runnerImport(path, { configFile: false, root: import.meta.dirname, logLevel: "error" });

const args = process.argv.slice(2);
if (args.includes("--help")) console.log(module.usage);
else process.exitCode = (await module.chaos(module.chaosOptions(args))) ? 0 : 1;
