import { describe, expect, test } from "vitest";
import { productionPackages, publishedPackages, withoutPlatform } from "../../scripts/production-packages.mjs";
import { billOfMaterials, dependencyTable, pageWithTable } from "../../scripts/sbom.mjs";
import { read, repositoryFiles } from "./source-files.ts";

const packages = productionPackages();
const page = read("docs/operate/dependencies.md");

/** What may be given to users together with Apache-2.0 code. libvips is a shared library of its own. */
const licences = /^(MIT|ISC|Apache-2\.0|BSD-[23]-Clause|0BSD|Unlicense|MIT AND OFL-1\.1)$/;

test("the page lists what is installed for production; `pnpm run sbom --docs` brings it up to date", () => {
  expect(packages.length).toBeGreaterThan(10);
  expect(pageWithTable(page, dependencyTable())).toBe(page);
});

test("every licence is one that users can live with", () => {
  const others = packages.filter(({ license }) => !licences.test(license));
  expect([...new Set(others.map(({ name, license }) => `${withoutPlatform(name)} ${license}`))]).toEqual([
    "@img/sharp-libvips-(platform) LGPL-3.0-or-later",
  ]);
});

test("no package runs a script when it is installed, but the one that the page names", () => {
  expect(packages.filter(({ installs }) => installs).map(({ name }) => name)).toEqual(["msgpackr-extract"]);
  const manifests = repositoryFiles().filter((path) => /^packages\/[^/]+\/package\.json$/.test(path));
  const scripted = manifests.filter((path) => "scripts" in (JSON.parse(read(path)) as object));
  expect(scripted).toEqual([]);
});

describe("the bill of materials", () => {
  const bill = billOfMaterials();
  const refs = bill.components.map((component) => component["bom-ref"]);

  test("holds every published package and all that they need, each once, with licence and hash", () => {
    expect(bill.bomFormat).toBe("CycloneDX");
    expect(refs).toHaveLength(publishedPackages().length + packages.length);
    expect(new Set(refs).size).toBe(refs.length);
    expect(refs).toContain(`pkg:npm/%40arpeggio/core@${publishedPackages()[0]?.version}`);
    const ours = new Set(
      publishedPackages().map(({ name, version }) => `pkg:npm/${name.replace("@", "%40")}@${version}`),
    );
    for (const { purl, hashes, licenses } of bill.components) {
      expect(licenses).toHaveLength(1);
      const isHashed =
        hashes?.some(({ alg, content }) => alg === "SHA-512" && /^[0-9a-f]{128}$/.test(content)) ?? false;
      expect({ purl, isHashed }).toEqual({ purl, isHashed: !ours.has(purl) });
    }
  });

  test("says what needs what, without a name that it does not hold", () => {
    const known = new Set(refs);
    const unknown = bill.dependencies.flatMap(({ dependsOn }) => dependsOn).filter((ref) => !known.has(ref));
    expect(unknown).toEqual([]);
    const needed = new Set(bill.dependencies.flatMap(({ dependsOn }) => dependsOn));
    expect(refs.filter((ref) => !needed.has(ref))).toEqual([]);
  });
});

test("a platform's package is listed without its platform", () => {
  expect(withoutPlatform("@img/sharp-linuxmusl-arm64")).toBe("@img/sharp-(platform)");
  expect(withoutPlatform("@img/sharp-libvips-darwin-x64")).toBe("@img/sharp-libvips-(platform)");
  expect(withoutPlatform("@img/sharp-wasm32")).toBe("@img/sharp-(platform)");
  expect(withoutPlatform("fast-uri")).toBe("fast-uri");
});
