/**
 * Breaks the engine, one mutation at a time, and lets the simulator run until it sees it:
 *
 *   pnpm test:mutations                        all of them
 *   pnpm test:mutations --only signal          those with this in their names; may be given several times
 *   pnpm test:mutations --seeds 50             so many seeds where a mutation asks for no other number
 *   pnpm test:mutations --write                puts what comes of it into the table of docs/internals/simulator.md
 *
 * Each is a copy of the engine in a process of its own: nothing is changed here. Fails when a mutation is not seen that
 * should be, or one is seen that should not.
 */
import { parseArgs } from "node:util";
import { areas } from "./all.mjs";
import { Reach } from "./reach.mjs";
import { rowOf, withoutIds, writeTable } from "./table.mjs";
import { FIRST_SEED, firstSeeds, SEEDS, tryMutation } from "./trial.mjs";

const REACH_FROM = 5;

const { values } = parseArgs({
  args: process.argv.slice(2).filter((arg) => arg !== "--"),
  options: {
    only: { type: "string", multiple: true },
    seeds: { type: "string", default: String(SEEDS) },
    processes: { type: "string", default: "2" },
    write: { type: "boolean", default: false },
  },
});
const [seeds, processes] = ["seeds", "processes"].map(wholeNumber);
const all = areas.flatMap(({ mutations }) => mutations);
const meant = all.filter(({ name }) => values.only?.some((part) => name.includes(part)) ?? true);
if (meant.length === 0) throw new TypeError(`--only ${values.only.join(" --only ")}: no mutation has that in its name`);

// For a few it is sooner done to simulate every seed.
const reach = meant.length > REACH_FROM ? await reachOf() : undefined;
const rows = new Map();
const wrong = [];
let seen = 0;
const left = [...meant];
await Promise.all(Array.from({ length: processes }, tryAll));
if (values.write) writeTable(rows);
console.log(`seen ${seen} of ${meant.length}, as expected but for ${wrong.length}`);
for (const what of wrong) console.error(`  ${what}`);
process.exitCode = wrong.length === 0 ? 0 : 1;

function wholeNumber(option) {
  const value = Number(values[option]);
  if (!Number.isInteger(value) || value < 1)
    throw new TypeError(`--${option} ${values[option]} is no number from 1 on`);
  return value;
}

async function reachOf() {
  const most = meant.reduce((count, one) => Math.max(count, one.seeds ?? seeds), 0);
  console.log(`looks which of ${most} seeds reach what is changed`);
  return Reach.of(firstSeeds(most), processes);
}

async function tryAll() {
  for (let one = left.shift(); one !== undefined; one = left.shift())
    note(one, await tryMutation(one, { seeds: one.seeds ?? seeds, reach }));
}

function note(mutation, result) {
  const { name, notSeen, seldom } = mutation;
  const { after, says, otherwise } = result;
  if (says !== undefined) seen++;
  const isUnseen = says === undefined && notSeen === undefined && (seldom === undefined || otherwise !== undefined);
  if (isUnseen)
    wrong.push(
      `${name}: not seen in ${after} seeds${otherwise === undefined ? "" : `, but: ${withoutIds(otherwise)}`}`,
    );
  else if (says !== undefined && notSeen !== undefined)
    wrong.push(`${name}: seen with seed ${FIRST_SEED + after - 1}, and should not be: ${withoutIds(says)}`);
  else rows.set(name, rowOf(mutation, result));
  console.log(isUnseen ? `| ${name} | – | not seen |` : rowOf(mutation, result));
}
