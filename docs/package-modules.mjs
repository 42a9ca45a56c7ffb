/**
 * A TypeDoc plugin for a reference over several packages: it calls each module as a user imports it, says what its package is,
 * leaves out members that are for the compiler only (`~types`), and warns of plain types that a public name mentions but nobody
 * can import. TypeDoc's own check covers only the package that it runs in.
 */
import { readdirSync, readFileSync } from "node:fs";
import { Comment, Converter, makeRecursiveVisitor, ReflectionKind } from "typedoc";

const folders = readdirSync(new URL("../packages", import.meta.url));
const packages = new Map(folders.map((folder) => [folder, packageIn(folder)]));

export function load(app) {
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    nameModules(project);
    for (const member of project.getReflectionsByKind(ReflectionKind.Property))
      if (member.name.startsWith("~")) project.removeReflection(member);
  });
  app.converter.on(Converter.EVENT_END, ({ project }) => {
    // Kept for types that only the checker reads; validation.notExported is off, or it would call the list unused.
    const intentional = app.options.getValue("intentionallyNotExported");
    for (const [type, user] of missingTypes(project)) {
      if (intentional.includes(type)) continue;
      app.logger.warn(`${type} is mentioned by ${user}, but its package does not export it`);
    }
  });
}

function packageIn(folder) {
  return JSON.parse(readFileSync(new URL(`../packages/${folder}/package.json`, import.meta.url), "utf8"));
}

function nameModules(project) {
  for (const module of project.getReflectionsByKind(ReflectionKind.Module)) {
    // "worker/src" is a package's index file, "tasks-image/src/worker" another entry of a package.
    const [folder, , ...entry] = module.name.split("/");
    const { name, description } = packages.get(folder);
    module.name = [name, ...entry].join("/");
    module.comment = new Comment([{ kind: "text", text: description }]);
  }
}

/** Types of our packages without a page, each with the first public name that mentions it. */
function missingTypes(project) {
  const own = new Set(Array.from(packages.values(), ({ name }) => name));
  const missing = new Map();
  for (const reflection of Object.values(project.reflections)) {
    const visitor = makeRecursiveVisitor({
      reference(type) {
        const isListed = type.reflection !== undefined || type.isIntentionallyBroken();
        // A type with arguments computes another one, and nobody needs its name to call a function that takes it.
        const isComputed = (type.typeArguments?.length ?? 0) > 0;
        if (isListed || isComputed || !own.has(type.package) || missing.has(type.qualifiedName)) return;
        missing.set(type.qualifiedName, reflection.getFriendlyFullName());
      },
    });
    if (reflection.type instanceof Object) reflection.type.visit?.(visitor);
  }
  return missing;
}
