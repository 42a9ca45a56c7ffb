/**
 * A process of its own for one mutant: simulates seeds in a thread until one of them says the phrase, and ends the thread
 * when it hangs or takes all memory. What it came to is sent to the parent.
 */
import { join } from "node:path";
import { Worker } from "node:worker_threads";

const LOOK_MS = 100;

const { bundle, seeds, phrase, hangMs, memoryMb } = JSON.parse(process.argv[2]);
const thread = new Worker(join(import.meta.dirname, "simulate-seeds.mjs"), {
  workerData: { bundle, seeds },
  resourceLimits: { maxOldGenerationSizeMb: memoryMb },
});
let done = 0;
let otherwise;
let sinceMs = computedMs();

const look = setInterval(() => {
  if (computedMs() - sinceMs > hangMs) isOver("hangs");
  // What lies outside of the heap has no limit of the thread's own.
  else if (process.memoryUsage.rss() > memoryMb * 1_000_000) isOver("takes all memory");
}, LOOK_MS);
thread.on("message", ({ violations }) => {
  sinceMs = computedMs();
  note(violations);
  if (done === seeds.length) end({ otherwise });
});
thread.on("error", (error) => {
  isOver(error.code === "ERR_WORKER_OUT_OF_MEMORY" ? "takes all memory" : `ends its process: ${String(error)}`);
});

// With something that it waits for in vain.
thread.on("exit", () => isOver("ends before its seed does"));

/** Of this process, in milliseconds: on a machine that is busy, time goes by without anything having been done. */
function computedMs() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

/** What came of the next seed. */
function note(violations) {
  const seed = seeds[done++];
  const says = violations.find((violation) => violation.includes(phrase));
  if (says !== undefined) end({ seed, says });
  otherwise ??= violations[0];
}

/** The thread has come to an end by this, or is brought to it: there are no further seeds. */
function isOver(violation) {
  if (done === seeds.length) return;
  note([violation]);
  end({ seed: seeds[done - 1], otherwise });
}

function end(result) {
  clearInterval(look);
  process.send(result, () => process.exit());
  // The first result is the one that counts.
  process.send = () => {};
}
