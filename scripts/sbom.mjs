/**
 * The bill of materials of what users install: our packages and all that they bring along, in CycloneDX 1.5.
 *
 *   pnpm run sbom                 prints it
 *   pnpm run sbom sbom.json       writes it to a file
 *   pnpm run sbom --docs          brings the table in docs/operate/dependencies.md up to date
 *
 * The same installation gives the same bytes: it holds no time and no random number.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { productionPackages, publishedPackages, withoutPlatform } from "./production-packages.mjs";

const root = dirname(import.meta.dirname);
const page = join(root, "docs", "operate", "dependencies.md");
const tableStart = "<!-- `pnpm run sbom --docs` writes this table -->";

/** The bill of materials as an object. */
export function billOfMaterials() {
  const own = publishedPackages();
  const others = productionPackages();
  const refs = new Map([...own, ...others].map((one) => [one.name, refOf(one)]));
  const needsOf = ({ dependencies = {}, optionalDependencies = {} }) =>
    Object.keys({ ...dependencies, ...optionalDependencies });
  const dependency = (one, needs) => ({
    ref: refOf(one),
    dependsOn: needs.flatMap((name) => refs.get(name) ?? []).sort(),
  });
  const front = own.find(({ name }) => name === "arpeggio");
  return {
    bomFormat: "CycloneDX",
    specVersion: "1.5",
    version: 1,
    metadata: {
      component: {
        type: "application",
        "bom-ref": "arpeggio-workspace",
        name: "arpeggio-workspace",
        version: front.version,
      },
    },
    components: [...own, ...others].map(componentOf),
    dependencies: [
      { ref: "arpeggio-workspace", dependsOn: own.map(refOf) },
      ...own.map((one) => dependency(one, needsOf(one))),
      ...others.map((one) => dependency(one, one.needs)),
    ],
  };
}

/** The table of docs/operate/dependencies.md, up to date. */
export function dependencyTable() {
  const rows = new Map();
  for (const { name, version, license, installs } of productionPackages()) {
    const shown = withoutPlatform(name);
    rows.set(shown, `| \`${shown}\` | ${version} | ${license} | ${installs ? "yes" : ""} |`);
  }
  return ["| package | version | licence | install script |", "|---|---|---|---|", ...rows.values(), ""].join("\n");
}

/** The page with its table replaced: the lines between the mark and the next empty line. */
export function pageWithTable(text, table) {
  if (!text.includes(tableStart)) throw new Error(`the page lacks the line ${tableStart}`);
  const [before, after] = text.split(`${tableStart}\n\n`);
  return `${before}${tableStart}\n\n${table}${after.replace(/^(?:\|.*\n)+/, "")}`;
}

function componentOf({ name, version, license, homepage, integrity }) {
  const [, group, short] = /^(?:(@[^/]+)\/)?(.+)$/.exec(name);
  return {
    type: "library",
    "bom-ref": refOf({ name, version }),
    ...(group === undefined ? {} : { group }),
    name: short,
    version,
    licenses: [licenseOf(license)],
    purl: refOf({ name, version }),
    ...(integrity === undefined ? {} : { hashes: [hashOf(integrity)] }),
    ...(homepage === undefined ? {} : { externalReferences: [{ type: "website", url: homepage }] }),
  };
}

function licenseOf(license) {
  return / (AND|OR|WITH) /.test(license) ? { expression: license } : { license: { id: license } };
}

function hashOf(integrity) {
  const [algorithm, content] = integrity.split("-", 2);
  return {
    alg: algorithm.toUpperCase().replace("SHA", "SHA-"),
    content: Buffer.from(content, "base64").toString("hex"),
  };
}

function refOf({ name, version }) {
  return `pkg:npm/${name.replace("@", "%40")}@${version}`;
}

function main([target]) {
  if (target === "--docs") {
    writeFileSync(page, pageWithTable(readFileSync(page, "utf8"), dependencyTable()));
    return;
  }
  const text = `${JSON.stringify(billOfMaterials(), undefined, 2)}\n`;
  if (target === undefined) process.stdout.write(text);
  else writeFileSync(target, text);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main(process.argv.slice(2));
