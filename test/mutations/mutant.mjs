import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { build, parseSync } from "vite";

const root = dirname(dirname(import.meta.dirname));
/** Where bundles are made: below the repository, so that they find what they do not contain. */
export const cache = join(root, "node_modules", ".cache", "mutations");
const conditions = ["@arpeggio/source"];

/**
 * The text of a mutation's file with its piece of source replaced.
 *
 * @throws TypeError when the piece is not in the file exactly once, or what comes of it cannot be parsed.
 */
export function mutatedText({ name, file, replace, by }) {
  const parts = readFileSync(join(root, file), "utf8").split(replace);
  if (parts.length !== 2) throw new TypeError(`${name}: its piece of source is in ${file} ${parts.length - 1} times`);
  const text = parts.join(by);
  const [error] = parseSync(file, text).errors;
  if (error !== undefined) throw new TypeError(`${name}: ${file} cannot be parsed: ${error.message}`);
  return text;
}

/**
 * Makes one module of the simulator and the engine, from their sources but for the file that a mutation changes.
 *
 * @param mutation without one, the engine as it is.
 * @param folder where the module goes, below {@link cache}.
 * @returns where it is
 */
export async function bundleMutant(mutation, folder) {
  const mutated = mutation && { id: join(root, mutation.file), text: mutatedText(mutation), isLoaded: false };
  await build({
    configFile: false,
    logLevel: "error",
    root,
    resolve: { conditions },
    ssr: { resolve: { conditions }, noExternal: [/^@arpeggio\//, "arpeggio"] },
    plugins: [{ name: "mutation", enforce: "pre", load: (id) => loaded(id, mutated) }],
    build: {
      ssr: join(root, "packages/testing/src/index.ts"),
      outDir: folder,
      minify: false,
      // Whole, so that the bundles of two mutants differ in nothing but what was changed.
      rollupOptions: { treeshake: false, output: { entryFileNames: "simulator.mjs" } },
    },
  });
  if (mutated?.isLoaded === false)
    throw new TypeError(`${mutation.name}: ${mutation.file} is no part of the simulator`);
  return join(folder, "simulator.mjs");
}

function loaded(id, mutated) {
  if (mutated === undefined || id !== mutated.id) return null;
  mutated.isLoaded = true;
  return mutated.text;
}
