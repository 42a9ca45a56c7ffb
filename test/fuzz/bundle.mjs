import { rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { build } from "vite";

const conditions = ["@arpeggio/source"];

/**
 * Makes one module of the groups and all that they import, sister packages from their sources: decoders that no package
 * exports are to be read with, too, and the oldest Node that we support reads no types. It goes when the process goes.
 *
 * @returns where it is
 */
export async function bundleGroups() {
  const root = dirname(dirname(import.meta.dirname));
  const folder = join(root, "node_modules", ".cache", `fuzz-${process.pid}`);
  await build({
    configFile: false,
    logLevel: "error",
    root,
    resolve: { conditions },
    ssr: { resolve: { conditions }, noExternal: [/^@arpeggio\//] },
    build: {
      ssr: join(import.meta.dirname, "all.ts"),
      outDir: folder,
      minify: false,
      rollupOptions: { output: { entryFileNames: "groups.mjs" } },
    },
  });
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  return join(folder, "groups.mjs");
}
