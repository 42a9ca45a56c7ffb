/**
 * Records what runs of many kinds leave in the log, with checkpoints taken in the middle of them, and what they came to. Every
 * later release must fold these to the same end: `test/replay` sees to it.
 *
 *   node scripts/record-histories.mjs 0.1.0     writes test/replay/histories/0.1.0/; a release records once and never again
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { createCoordinator, LogReplay } from "@arpeggio/coordinator";
import {
  chain,
  chord,
  compile,
  decodeOutcome,
  encodeEvent,
  encodeGraph,
  encodePayload,
  graphHash,
  group,
  loadPayload,
  map,
  mapSettled,
  task,
} from "@arpeggio/core";
import { createEmbeddedTransport, manualClock } from "@arpeggio/transport-embedded";
import { createWorker } from "@arpeggio/worker";

/** By the manual clock: longer than a run may keep the mark back, so that every step of a run leaves a checkpoint. */
const STEP_MS = 6_000;
const TURN_MS = 50;
const TURNS_MAX = 50_000;
const CHECKPOINTS_MAX = 3;
const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

const [version] = process.argv.slice(2);
if (!/^\d+\.\d+\.\d+$/.test(version ?? "")) throw new Error("usage: node scripts/record-histories.mjs <version>");
const folder = join(dirname(import.meta.dirname), "test", "replay", "histories", version);

/** With a stack that is the same on every machine. */
const failure = (error) => Object.assign(error, { stack: `${error.name}: ${error.message}\n    at recorded` });
const clock = manualClock(1_700_000_000_000);
const slow = (name, options, body) =>
  task(name, options, async (input, ctx) => {
    await new Promise((resolve) => clock.after(STEP_MS, resolve));
    return body(input, ctx);
  });
const increment = slow("increment", {}, (n) => n + 1);
const sum = slow("sum", {}, (list) => list.reduce((all, one) => all + one, 0));
const flaky = slow("flaky", { retry: { attempts: 3, backoff: "fixed", delay: 50 } }, (n, ctx) => {
  if (ctx.attempt < 3) throw failure(new Error(`attempt ${ctx.attempt} fails`));
  return n * 2;
});
const odd = slow("odd", { retry: { attempts: 2, backoff: "fixed", delay: 50 } }, (n) => {
  if (n % 2 === 0) throw failure(new TypeError(`${n} is even`));
  return n;
});
const listOf = slow("listOf", {}, (n) => Array.from({ length: n }, (_, i) => i));
const never = task(
  "never",
  (_, { signal }) =>
    new Promise((_resolve, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason));
    }),
);
const tasks = [increment, sum, flaky, odd, listOf, never];

/** Each: the canvas or its graph, the input, more for the start, and what else happens. */
const histories = {
  chain: { canvas: chain(increment, increment, increment), input: 1, start: { labels: { team: "a" } } },
  retries: { canvas: chain(flaky, increment), input: 4, start: { defaults: { priority: 7 } } },
  "retries-used-up": { canvas: chain(odd, increment), input: 2 },
  chord: { canvas: chord(group([increment, flaky, chain(increment, increment)]), sum), input: 10 },
  map: { canvas: chain(map(chain(increment, increment)), sum), input: [1, 2, 3, 4] },
  "map-empty": { canvas: chain(map(increment), sum), input: [] },
  "map-settled": { canvas: mapSettled(odd), input: [1, 2, 3, 4, 5] },
  "map-failed": { canvas: chain(map(odd), sum), input: [1, 2, 3] },
  "map-of-no-list": { canvas: chain(increment, map(increment)), input: 1 },
  "map-in-map": { canvas: map(chain(map(increment), sum)), input: [[1, 2], [], [3, 4, 5]] },
  "map-wide": { canvas: chain(map(increment), map(increment), sum), input: Array.from({ length: 1_030 }, (_, i) => i) },
  evaluation: { graph: evaluatedGraph(["lists", "short"]), input: { lists: { short: [1, 2, 3] }, factor: 2 } },
  "evaluation-failed": {
    graph: evaluatedGraph(["lists", "short", "first"]),
    input: { lists: { short: 1 }, factor: 2 },
  },
  "large-values": { canvas: chain(listOf, map(increment), sum), input: 400, inlineBytesMax: 600 },
  cancelled: { canvas: chain(increment, never, increment), input: 1, cancelAfterMs: 20_000 },
  "timed-out": { canvas: chain(increment, never), input: 1, start: { timeoutMs: 300_000 } },
};

mkdirSync(folder, { recursive: true });
for (const [name, history] of Object.entries(histories)) {
  const recorded = await record(name, history);
  writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(recorded, undefined, 1)}\n`);
  const { outcome, checkpoints, messages } = recorded;
  console.log(`${name}: ${outcome.state}, ${messages.length} messages, ${checkpoints.length} checkpoints`);
}

/** A list and an output that only decoded values can give. */
function evaluatedGraph(path) {
  const { graph } = compile(chain(map(chain(increment, increment)), sum));
  const [each] = graph.nodes;
  const [, last] = each.body.nodes;
  const output = { concat: [{ array: [{ ref: "$in" }] }, { array: [{ ref: last.id }] }] };
  return {
    ...graph,
    nodes: [{ ...each, over: { ref: "$in", path }, body: { ...each.body, output } }],
    output: { object: { all: { ref: each.id }, factor: { ref: "$in", path: ["factor"] } } },
  };
}

async function record(name, { canvas, graph = compile(canvas).graph, input, start, inlineBytesMax, cancelAfterMs }) {
  const broker = createEmbeddedTransport({ clock, ...(inlineBytesMax === undefined ? {} : { inlineBytesMax }) });
  const transport = await broker.open("record");
  const blobs = {};
  const kept = {
    ...transport,
    blobs: {
      put: (key, bytes) => {
        blobs[key] = base64(bytes);
        return transport.blobs.put(key, bytes);
      },
      get: (key) => transport.blobs.get(key),
      delete: (key) => transport.blobs.delete(key),
      list: (prefix) => transport.blobs.list(prefix),
    },
  };
  const checkpoints = [];
  await transport.bucket("runs").observe(">", ({ value }) => checkpoints.push(base64(value)));
  let outcome;
  await transport.bucket("results").observe(">", ({ value }) => (outcome = decodeOutcome(value)));
  const coordinator = createCoordinator({ transport: kept, log: silent });
  const worker = createWorker({ transport: kept, tasks, concurrency: 2_000, log: silent });
  await Promise.all([coordinator.start(), worker.start()]);

  const hash = graphHash(graph);
  await transport.bucket("graphs").put(hash, encodeGraph(graph));
  const append = (event) => transport.events.append(0, encodeEvent(event));
  const about = { run: name, client: "recorder", workflow: graph.name, graph: hash };
  await append({ type: "run.started", ...about, input: encodePayload(input), ...start });
  const cancelAtMs = clock.now() + (cancelAfterMs ?? Infinity);
  let isCancelled = false;
  for (let turn = 0; outcome === undefined; turn++) {
    if (turn > TURNS_MAX) throw new Error(`${name} does not end`);
    await setImmediate();
    clock.advance(TURN_MS);
    if (isCancelled || clock.now() < cancelAtMs) continue;
    isCancelled = true;
    await append({ type: "run.cancel.requested", run: name, reason: "no longer wanted" });
  }

  const messages = [];
  await new Promise((resolve, reject) => {
    const onMessage = ({ sequence, timestampMs, bytes }) =>
      messages.push({ sequence, timestampMs, bytes: base64(bytes) });
    void transport.events.read(0, 0, { onMessage, onCaughtUp: resolve, onError: reject });
  });
  const graphs = { [hash]: base64(encodeGraph(graph)) };
  const value = outcome.value && (await loadPayload(outcome.value, (key) => transport.blobs.get(key)));
  await Promise.all([worker.stop(), coordinator.stop()]);
  await broker.close();
  const replay = replayed({ messages, graphs, blobs });
  return {
    version,
    messages,
    graphs,
    blobs,
    checkpoints: spread(checkpoints),
    outcome: { state: outcome.state, value, failure: outcome.failure, counts: outcome.counts },
    nodes: replay
      .run(name)
      .nodes()
      .map(({ path, state, attempt }) => `${path} ${state} ${attempt}`),
  };
}

function replayed({ messages, graphs, blobs }) {
  const from = (map, key) => (map[key] === undefined ? undefined : Buffer.from(map[key], "base64"));
  const replay = new LogReplay({ graphOf: (hash) => from(graphs, hash), blobOf: (key) => from(blobs, key) });
  for (const { sequence, timestampMs, bytes } of messages) {
    replay.take({ sequence, timestampMs, bytes: Buffer.from(bytes, "base64") });
  }
  return replay;
}

/** The first and the last, and some between them. */
function spread(all) {
  if (all.length <= CHECKPOINTS_MAX) return all;
  return Array.from(
    { length: CHECKPOINTS_MAX },
    (_, i) => all[Math.round((i * (all.length - 1)) / (CHECKPOINTS_MAX - 1))],
  );
}

function base64(bytes) {
  return Buffer.from(bytes).toString("base64");
}
