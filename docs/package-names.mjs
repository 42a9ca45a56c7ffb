/** A TypeDoc plugin that calls each module as a user imports it, not by the path of its source file. */
import { readFileSync } from "node:fs";
import { Converter, ReflectionKind } from "typedoc";

export function load(app) {
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, (context) => {
    for (const module of context.project.getReflectionsByKind(ReflectionKind.Module)) {
      // "worker/src" is a package's index file, "tasks-image/src/worker" another entry of a package.
      const [folder, , ...entry] = module.name.split("/");
      const manifest = new URL(`../packages/${folder}/package.json`, import.meta.url);
      module.name = [JSON.parse(readFileSync(manifest, "utf8")).name, ...entry].join("/");
    }
  });
}
