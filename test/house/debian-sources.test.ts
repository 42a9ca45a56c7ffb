import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ownSources } from "../../scripts/debian-package.mjs";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "arpeggio-apt-"));
  mkdirSync(join(folder, "sources.list.d"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const found = (own: string) => ownSources(own, folder).map((source) => Object.fromEntries(source));

test("a one-line source keeps its key and its mirror", () => {
  const lines = [
    "# deb http://mirror.example/off bookworm main",
    "deb [arch=amd64 signed-by=/keys/a.gpg] http://mirror.example/debian bookworm main contrib # ours",
    "deb-src http://mirror.example/debian bookworm main",
    "deb http://mirror.example/debian bookworm-updates main",
    "deb http://vendor.example/apt vendor-bookworm main",
  ];
  writeFileSync(join(folder, "sources.list"), lines.join("\n"));
  expect(found("bookworm")).toEqual([
    {
      Types: "deb",
      URIs: "http://mirror.example/debian",
      Suites: "bookworm",
      Components: "main contrib",
      "Signed-By": "/keys/a.gpg",
    },
  ]);
});

test("Ubuntu's universe has a line of its own", () => {
  const lines = ["deb http://mirror.example/ubuntu noble main", "deb http://mirror.example/ubuntu noble universe"];
  writeFileSync(join(folder, "sources.list"), lines.join("\n"));
  expect(found("noble").map((source) => source["Components"])).toEqual(["main", "universe"]);
});

test("a stanza keeps its fields, also a key that is written into it", () => {
  const stanzas = [
    "Types: deb deb-src\n# a note\nURIs: http://mirror.example/debian\nSuites: trixie trixie-updates\nComponents: main\nSigned-By:\n -----BEGIN\n .\n -----END",
    "Enabled: no\nTypes: deb\nURIs: http://off.example/debian\nSuites: trixie\nComponents: main",
    "Types: deb\nURIs: http://security.example/debian\nSuites: trixie-security\nComponents: main",
  ];
  writeFileSync(join(folder, "sources.list.d", "debian.sources"), `${stanzas.join("\n\n")}\n`);
  expect(found("trixie")).toEqual([
    {
      Types: "deb deb-src",
      URIs: "http://mirror.example/debian",
      Suites: "trixie trixie-updates",
      Components: "main",
      "Signed-By": "\n -----BEGIN\n .\n -----END",
    },
  ]);
});

test("a machine that is no Debian has no sources", () => {
  expect(found("")).toEqual([]);
  expect(ownSources("bookworm", join(folder, "nothing"))).toEqual([]);
});
