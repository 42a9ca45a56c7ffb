import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { caseIds } from "./case-ids.ts";

const folder = join(import.meta.dirname, "..");
const document = readFileSync(join(folder, "../../docs/reference/semantics-cases.md"), "utf8");

/** The ids with which the titles of tests begin: `"C01: …"`, `"G13, R11: …"`. */
function testedIds(): ReadonlySet<string> {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));
  const texts = files.map((file) => readFileSync(join(folder, file), "utf8"));
  const titles = texts.flatMap((text) => [
    ...text.matchAll(/test\(\s*["`]((?:[A-Z]\d+, )*[A-Z]\d+)(?:, rule \d+)?: /g),
  ]);
  return new Set(titles.flatMap(([, ids = ""]) => ids.split(", ")));
}

/** The first column of the tables. */
const listedIds = new Set([...document.matchAll(/^\| ([A-Z]\d+) \|/gm)].map(([, id]) => id as string));

test("every case is a test that carries its id, or is listed with the reason why not", () => {
  const tested = testedIds();
  expect(caseIds.filter((id) => !tested.has(id) && !listedIds.has(id))).toEqual([]);
  // Neither list may outlive what it is about.
  expect([...tested, ...listedIds].filter((id) => !caseIds.includes(id))).toEqual([]);
  expect([...listedIds].filter((id) => tested.has(id))).toEqual([]);
});
