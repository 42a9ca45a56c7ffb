/** Sorts the entries of docs/reference/errors.md by code, so that new ones can be written anywhere in it. */
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

const file = join(dirname(import.meta.dirname), "docs", "reference", "errors.md");
const [introduction, ...entries] = readFileSync(file, "utf8").split(/^(?=### )/m);
const code = (entry) => entry.slice(0, entry.indexOf("\n"));
const sorted = entries.toSorted((a, b) => (code(a) < code(b) ? -1 : 1));
writeFileSync(file, `${[introduction, ...sorted].map((part) => part.trim()).join("\n\n")}\n`);
