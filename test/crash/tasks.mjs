import { appendFileSync } from "node:fs";
import { jsonSchema, task } from "@arpeggio/core";

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Writes down that a handler was begun, then takes 0–20 ms, so that a kill finds some of them at work. */
async function atWork(ctx) {
  appendFileSync(process.env.CRASH_EXECUTIONS, `${ctx.idempotencyKey}\n`);
  await pause(Math.random() * 20);
}

const slow = (name, body) =>
  task(name, async (input, ctx) => {
    await atWork(ctx);
    return body(input);
  });

export const increment = slow("crash.increment", (n) => n + 1);
export const double = slow("crash.double", (n) => n * 2);
export const sum = slow("crash.sum", (ns) => ns.reduce((a, b) => a + b, 0));

/** Fails the first time, so that a retry's timer has to live through the kills as well. */
export const flaky = task(
  "crash.flaky",
  { input: jsonSchema({ type: "number" }), retry: { attempts: 3, backoff: "fixed", delay: 200 } },
  async (n, ctx) => {
    await atWork(ctx);
    if (ctx.attempt === 1) throw new Error("the first attempt always fails");
    return n + 1;
  },
);

export const tasks = [increment, double, sum, flaky];
