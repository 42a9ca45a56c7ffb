/**
 * Prints where the CPU time of a folder of profiles went, one list a process:
 *
 *   node test/bench/profile.mjs .bench/profiles/<folder> [rows]
 */
import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";

/** These are waiting, or say nothing about where. */
const idle = new Set(["(idle)", "(program)", "(root)"]);

/**
 * Microseconds by function and by part of the program, time spent in callees left out.
 *
 * @param {{ nodes: readonly object[], samples: readonly number[], timeDeltas: readonly number[] }} profile
 */
export function selfTimes({ nodes, samples, timeDeltas }) {
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
  const functions = new Map();
  const parts = new Map();
  let totalUs = 0;
  for (const [index, id] of samples.entries()) {
    const frame = frames.get(id);
    if (idle.has(frame.functionName)) continue;
    const us = timeDeltas[index];
    totalUs += us;
    add(functions, `${frame.functionName || "(anonymous)"}  ${placeOf(frame)}`, us);
    add(parts, partOf(frame), us);
  }
  return { totalUs, functions: sorted(functions), parts: sorted(parts) };
}

function placeOf({ url, lineNumber }) {
  if (!url.startsWith("file:")) return url;
  return `${fileURLToPath(url).replace(/^.*\/(packages|node_modules|test)\//, "")}:${lineNumber + 1}`;
}

/** The package a function belongs to, `node` for Node's own code and `(engine)` for V8's. */
function partOf({ url, functionName }) {
  if (url.startsWith("node:")) return "node";
  if (url === "") return functionName.startsWith("(") ? functionName : "(engine)";
  const path = fileURLToPath(url);
  const installed = [...path.matchAll(/node_modules\/((?:@[^/]+\/)?[^/]+)/g)].at(-1)?.[1];
  return installed ?? /\/(?:packages|test)\/[^/]+/.exec(path)?.[0].slice(1) ?? basename(path);
}

function add(sums, key, us) {
  sums.set(key, (sums.get(key) ?? 0) + us);
}

function sorted(sums) {
  return [...sums].sort(([, a], [, b]) => b - a);
}

function print(folder, rows) {
  for (const name of readdirSync(folder).filter((file) => file.endsWith(".cpuprofile"))) {
    const { totalUs, functions, parts } = selfTimes(JSON.parse(readFileSync(join(folder, name), "utf8")));
    const line = ([key, us]) =>
      `  ${((us / totalUs) * 100).toFixed(1).padStart(5)} %  ${(us / 1000).toFixed(0).padStart(6)} ms  ${key}`;
    console.log(`${name}: ${(totalUs / 1e6).toFixed(2)} s busy`);
    console.log([...parts.slice(0, 10).map(line), "", ...functions.slice(0, rows).map(line), ""].join("\n"));
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [folder, rows = "30"] = process.argv.slice(2);
  if (folder === undefined)
    throw new Error("which folder? node test/bench/profile.mjs .bench/profiles/<folder> [rows]");
  print(folder, Number(rows));
}
