/** What is installed for users of the published packages, as pnpm knows it. */
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

const root = dirname(import.meta.dirname);
const installSteps = ["preinstall", "install", "postinstall"];

/** The packages of this repository that are published, by name. */
export function publishedPackages() {
  return readdirSync(join(root, "packages"))
    .map((folder) => manifestIn(join(root, "packages", folder)))
    .filter((manifest) => manifest.private !== true)
    .sort(byName);
}

/**
 * Every package of others that they bring along on this platform, by name.
 *
 * @returns `{ name, version, license, homepage, integrity, installs, needs }` each; `integrity` as the lockfile has it,
 *   `installs` tells whether it has a script that runs when it is installed, `needs` lists names.
 */
export function productionPackages() {
  const byLicense = JSON.parse(pnpm("licenses", "list", "--prod", "--json"));
  const integrities = integritiesIn(readFileSync(join(root, "pnpm-lock.yaml"), "utf8"));
  const found = Object.values(byLicense)
    .flat()
    .flatMap((one) => one.paths.map((path) => ({ ...one, path })));
  const names = new Set(found.map(({ name }) => name));
  return found
    .map(({ name, license, homepage, path }) => {
      const { version, scripts = {}, dependencies, optionalDependencies } = manifestIn(path);
      return {
        name,
        version,
        license,
        homepage,
        integrity: integrities.get(`${name}@${version}`),
        installs: installSteps.some((step) => step in scripts),
        needs: Object.keys({ ...dependencies, ...optionalDependencies })
          .filter((need) => names.has(need))
          .sort(),
      };
    })
    .sort(byName);
}

/** `@img/sharp-linux-x64` is another package on every platform; all of them are one in a list for people. */
export function withoutPlatform(name) {
  return name.replace(/-(?:linux|linuxmusl|darwin|win32|freebsd|wasm32)(?:-\w+)?$/, "-(platform)");
}

function pnpm(...args) {
  const filters = publishedPackages().flatMap(({ name }) => ["--filter", name]);
  return execFileSync("pnpm", [...filters, ...args], { cwd: root, encoding: "utf8", maxBuffer: 2 ** 26 });
}

function manifestIn(folder) {
  return JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
}

function integritiesIn(lockfile) {
  const entries = lockfile.matchAll(/^ {2}'?(@?[^'@\s]+@[^':\s]+)'?:\n {4}resolution: \{integrity: ([^},\s]+)/gm);
  return new Map([...entries].map(([, id, integrity]) => [id, integrity]));
}

function byName(a, b) {
  return a.name < b.name ? -1 : Number(a.name > b.name);
}
