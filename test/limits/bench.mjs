/**
 * What large canvases of each shape cost for a node, at three sizes: a cost that grows with the size shows as a number that does.
 * Each measurement has a process of its own, with the embedded transport.
 *
 *   pnpm bench:shapes
 *   pnpm bench:shapes --shapes chain,lattice
 */
import { spawnSync } from "node:child_process";
import { parseArgs } from "node:util";
import { compile, createApp } from "arpeggio";
import { encodeGraph } from "@arpeggio/core";
import { shapes } from "./shapes.mjs";

const SIZES = {
  chain: [2_500, 10_000, 40_000],
  nested: [1_000, 4_000, 16_000],
  maps: [300, 600, 1_200],
  levels: [300, 600, 1_200],
  group: [2_500, 10_000, 40_000],
  map: [25_000, 100_000, 400_000],
  lattice: [50, 100, 200],
};
const { values } = parseArgs({
  options: { shapes: { type: "string", default: Object.keys(SIZES).join(",") }, one: { type: "string" } },
});

if (values.one === undefined) {
  console.log(
    "shape      size    nodes  compile µs/node  run µs/node  CPU µs/node  graph bytes/node  memory bytes/node",
  );
  for (const name of values.shapes.split(",")) {
    for (const size of SIZES[name] ?? []) {
      const { status } = spawnSync(
        process.execPath,
        [...process.execArgv, import.meta.filename, "--one", `${name}:${size}`],
        {
          stdio: "inherit",
        },
      );
      if (status !== 0) process.exitCode = 1;
    }
  }
} else {
  const [name, size] = values.one.split(":");
  await measure(name, Number(size));
}

async function measure(name, size) {
  const app = await createApp({ concurrency: 1_000 });
  try {
    // What is loaded and made at the first use belongs to no shape.
    await runOne(app, shapes[name](10));
    const memoryBefore = process.resourceUsage().maxRSS;
    const cpuBefore = process.cpuUsage();
    const shape = shapes[name](size);
    const { compileMs, runMs, graphBytes } = await runOne(app, shape);
    const { user, system } = process.cpuUsage(cpuBefore);
    const memory = (process.resourceUsage().maxRSS - memoryBefore) * 1_024;
    const each = (all, digits = 1) => (all / shape.nodes).toFixed(digits);
    const columns = [
      [name, -8],
      [size, 7],
      [shape.nodes, 8],
      [each(compileMs * 1_000), 16],
      [each(runMs * 1_000), 12],
      [each(user + system), 12],
      [each(graphBytes, 0), 17],
      [each(memory, 0), 18],
    ];
    console.log(columns.map(([value, width]) => padded(String(value), width)).join(" "));
  } finally {
    await app.close();
  }
}

async function runOne(app, { canvas, input, expected }) {
  const beganMs = performance.now();
  const { graph } = compile(canvas);
  const compiledMs = performance.now();
  const graphBytes = encodeGraph(graph).length;
  const startedMs = performance.now();
  const result = await (await app.run(canvas, input)).result();
  const runMs = performance.now() - startedMs;
  if (JSON.stringify(result) !== JSON.stringify(expected)) throw new Error("the result is wrong");
  return { compileMs: compiledMs - beganMs, runMs, graphBytes };
}

function padded(text, width) {
  return width < 0 ? text.padEnd(-width) : text.padStart(width);
}
