/**
 * Throws mutated and random records at every decoder:
 *
 *   pnpm test:fuzz --records 1000000 --seed 7   a million for each group of decoders
 *
 * Stops at the first record that does harm, and prints it in base 64.
 */
import { parseArgs } from "node:util";
import { fuzzGroup, groupNames } from "./fuzz.mjs";

const { values } = parseArgs({
  args: process.argv.slice(2).filter((arg) => arg !== "--"),
  options: { records: { type: "string", default: "100000" }, seed: { type: "string", default: "1" } },
});
const [records, seed] = [Number(values.records), Number(values.seed)];
if (!Number.isInteger(records) || records < 1 || !Number.isInteger(seed)) {
  throw new TypeError(`--records ${values.records} --seed ${values.seed}: whole numbers are expected`);
}

for (const name of groupNames) {
  const { decoded, refused, slowestMs, harm } = fuzzGroup(name, { records, seed });
  console.log(
    `${name.padEnd(9)} ${records} records: read ${decoded}, refused ${refused}, slowest ${slowestMs.toFixed(1)} ms`,
  );
  if (harm === undefined) continue;
  console.error(`record ${harm.record} of seed ${seed} ${harm.what}\n${harm.bytes}`);
  process.exitCode = 1;
  break;
}
