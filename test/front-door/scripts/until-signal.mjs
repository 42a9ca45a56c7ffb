// Runs one task of so many milliseconds: node until-signal.mjs <ms>
import { setTimeout as sleep } from "node:timers/promises";
import { createApp, runUntilSignal, task } from "arpeggio";

const work = task("work", async (ms) => {
  console.log("begins");
  await sleep(ms);
  console.log("ends");
});
const app = await createApp();
await app.run(work, Number(process.argv[2]));
await runUntilSignal(app, { onSignal: (signal) => console.error(signal) });
console.log("closed");
