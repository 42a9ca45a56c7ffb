// What a user's module looks like after compiling.
import { setTimeout as sleep } from "node:timers/promises";
import { chain, contract, jsonSchema, PermanentTaskError, task, workflow } from "arpeggio";

const Name = jsonSchema({ type: "object", properties: { name: { type: "string" } }, required: ["name"] });

export const greet = task("cli.greet", ({ name }, { log }) => {
  log(`greeting ${name}`);
  return `hello ${name}`;
});
export const refuse = task("cli.refuse", ({ name }) => {
  throw new PermanentTaskError(`${name} is not welcome`);
});
export const slow = task("cli.slow", async ({ name }, { signal }) => {
  console.error("slow begins");
  await sleep(1_500, undefined, { signal });
  return `slow ${name}`;
});
export const deaf = task("cli.deaf", async () => {
  console.error("deaf begins");
  await sleep(600_000);
});
const shout = task("cli.shout", { queue: "cpu" }, (text) => text.toUpperCase());
/** The task `cli.shout` is exported only as a part of this. */
export const welcome = workflow("welcome", chain(greet, shout), { input: Name });
/** Its step has a queue that is said nowhere else. */
export const elsewhere = workflow("elsewhere", chain(greet, shout.with({ queue: "far-away" })));
export const dates = task("cli.dates", () => ({ at: new Date(0), big: 12n, bytes: new Uint8Array([104, 105]) }));
export const missing = contract("cli.missing", { input: Name, output: Name });
