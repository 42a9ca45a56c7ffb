import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { areas } from "./all.mjs";

export const PAGE = "docs/internals/simulator.md";
const BEGIN = "<!-- mutations: begin -->";
const END = "<!-- mutations: end -->";
const path = join(dirname(dirname(import.meta.dirname)), PAGE);

/** Ids of runs and what they are made of differ from seed to seed, and say nothing. */
export function withoutIds(says) {
  return says
    .replaceAll(/\b[0-9A-Za-z]{12}-\d+\b|\bchosen-\d+\b|\b\d+-again(-again)*\b/g, "*run*")
    .replaceAll(/\b(client-\d+)-[0-9A-Za-z]{10}\b/g, "$1")
    .replaceAll(/\*run\*([:/])\d+[:/]\d+\b/g, "*run*$1*n*$1*k*");
}

/** What a mutation came to, as it stands in the table. */
export function rowOf({ name, notSeen, seldom }, { after, says }) {
  const told = notSeen ?? (says === undefined ? `seldom: ${seldom}` : withoutIds(says));
  return `| ${name} | ${says === undefined ? "–" : after} | ${told.replaceAll("|", "\\|")} |`;
}

/** The name of the mutation that a row of the table is about; undefined of other lines. */
export function nameIn(line) {
  return /^\| (.+?) \| (?:\d+|–) \|/.exec(line)?.[1];
}

/** The lines of the page between its markers. */
export function tableLines() {
  const lines = readFileSync(path, "utf8").split("\n");
  return lines.slice(lines.indexOf(BEGIN) + 1, lines.indexOf(END));
}

/** Puts rows into the table, by the names of their mutations; the others stay as they are. */
export function writeTable(rows) {
  const known = new Map(tableLines().map((line) => [nameIn(line), line]));
  const all = areas.flatMap(({ mutations }) => mutations);
  const rowOfName = (name) => rows.get(name) ?? known.get(name) ?? `| ${name} | – | not tried |`;
  const tables = areas.flatMap(({ title, mutations }) => {
    const own = mutations.map(({ name }) => rowOfName(name));
    return [
      "",
      `### ${title}`,
      "",
      "| broken | after | what is said, or why it is not seen |",
      "|---|---|---|",
      ...own,
    ];
  });
  const seen = all.filter(({ name }) => !rowOfName(name).startsWith(`| ${name} | – |`)).length;
  const total = `${seen} of ${all.length} mutations were seen.`;
  const text = readFileSync(path, "utf8");
  const [before, after] = [text.slice(0, text.indexOf(BEGIN)), text.slice(text.indexOf(END))];
  writeFileSync(path, [before + BEGIN, "", total, ...tables, "", after].join("\n"));
}
