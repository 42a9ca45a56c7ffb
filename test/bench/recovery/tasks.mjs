import { setTimeout } from "node:timers/promises";
import { chain, task } from "arpeggio";

/** Keeps a run alive for a while without work. */
const hold = task("recovery.hold", async ({ n, ms }) => {
  await setTimeout(ms);
  return { n: n + 1, ms };
});

export const tasks = [hold];
export const steps = 3;
export const course = chain(hold, hold, hold);
