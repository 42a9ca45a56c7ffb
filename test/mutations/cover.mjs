/**
 * A process of its own: simulates seeds with the engine as it is, and notes of each which parts of its bundle it executes, in a file a
 * seed.
 */
import { existsSync, renameSync, writeFileSync } from "node:fs";
import { Session } from "node:inspector/promises";
import { pathToFileURL } from "node:url";

const { bundle, seeds, fileOf } = JSON.parse(process.argv[2]);
const url = pathToFileURL(bundle).href;

const session = new Session();
session.connect();
await session.post("Profiler.enable");
await session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });
const { simulateSeed } = await import(url);
// What runs when the modules are loaded is executed for every seed.
const loaded = await executedParts();
for (const seed of seeds) {
  const file = fileOf.replace("*", String(seed));
  if (existsSync(file)) continue;
  await simulateSeed(seed);
  const parts = Uint32Array.from([...loaded, ...(await executedParts())]);
  writeFileSync(`${file}.${process.pid}`, parts);
  renameSync(`${file}.${process.pid}`, file);
}
process.exit();

/** What was executed since the last call: the places in the bundle where something that was executed begins and ends, in turn. */
async function executedParts() {
  const { result } = await session.post("Profiler.takePreciseCoverage");
  const ranges = result
    .filter((script) => script.url === url)
    .flatMap(({ functions }) => functions.flatMap((one) => one.ranges));
  // Outer ones first: the innermost around a place tells how often that was executed.
  ranges.sort((a, b) => a.startOffset - b.startOffset || b.endOffset - a.endOffset);
  const parts = [];
  const around = [];
  const note = (from) => {
    const isExecuted = (around.at(-1)?.count ?? 0) > 0;
    const isOpen = parts.length % 2 === 1;
    if (isExecuted === isOpen) return;
    // One that ends where the next begins goes on.
    if (isExecuted && parts.at(-1) === from) parts.pop();
    else parts.push(from);
  };
  const leave = (until) => {
    while (around.length > 0 && around.at(-1).endOffset <= until) note(around.pop().endOffset);
  };
  for (const range of ranges) {
    leave(range.startOffset);
    around.push(range);
    note(range.startOffset);
  }
  leave(Infinity);
  return parts;
}
