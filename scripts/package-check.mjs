/** Packs every package as for publishing, and looks at what a user would get. */
import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { publint } from "publint";
import { formatMessage } from "publint/utils";

/** Resolves with what is wrong with the packages, or with undefined. */
export async function checkPackages(root) {
  const folder = mkdtempSync(join(tmpdir(), "arpeggio-pack-"));
  try {
    const names = readdirSync(join(root, "packages")).sort();
    const problems = [];
    for (const name of names) problems.push(...(await checkPackage(join(root, "packages", name), folder)));
    problems.push(...(await checkTypes(root, names)));
    return problems.length === 0 ? undefined : problems.join("\n");
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function checkPackage(packageFolder, destination) {
  const pack = ["pack", "--json", "--pack-destination", destination];
  const { stdout } = await promisify(execFile)("pnpm", pack, { cwd: packageFolder, maxBuffer: 2 ** 24 });
  const { name, filename, files } = JSON.parse(stdout);
  const paths = files.map(({ path }) => path);

  const problems = [];
  const stray = paths.find((path) => /\.test\.|\/testing\/|tsbuildinfo/.test(path));
  if (stray !== undefined) problems.push(`${name}: ${stray} would be published; it is no use to anyone`);
  if (!paths.includes("LICENSE")) problems.push(`${name}: the package has no LICENSE`);
  const bytes = readFileSync(filename);
  const tarball = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
  const { messages, pkg } = await publint({ pack: { tarball }, strict: true });
  for (const message of messages) problems.push(`${name}: ${formatMessage(message, pkg, { color: false })}`);
  return problems;
}

/** A user's compiler may look into every type that a package brings, and need not know those of Node. */
async function checkTypes(root, names) {
  const settings = ["--noEmit", "--ignoreConfig", "--strict", "--skipLibCheck", "false", "--types", ""];
  const place = ["--module", "nodenext", "--target", "es2022", "--lib", "esnext,dom"];
  const files = names.map((name) => join("packages", name, "dist", "index.d.ts"));
  const args = ["exec", "tsc", ...settings, ...place, ...files];
  return promisify(execFile)("pnpm", args, { cwd: root }).then(
    () => [],
    (error) => [`the types of the packages do not stand by themselves:\n${error.stdout || error}`],
  );
}
