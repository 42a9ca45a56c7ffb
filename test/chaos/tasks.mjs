import { appendFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { jsonSchema, PermanentTaskError, task } from "@arpeggio/core";

/** Writes down that a handler was begun. */
function begun(ctx) {
  const line = { at: Date.now(), key: ctx.idempotencyKey, pid: process.pid };
  appendFileSync(process.env.CHAOS_EXECUTIONS, `${JSON.stringify(line)}\n`);
}

const define = (name, options, body) =>
  task(`chaos.${name}`, { input: jsonSchema({}), ...options }, async (input, ctx) => {
    begun(ctx);
    return body(input, ctx);
  });

/** Up to `ms`, so that a kill finds some at work. */
const upTo = (ms) => pause(Math.random() * ms);

export const increment = define("increment", {}, async (n) => {
  await upTo(20);
  return n + 1;
});

export const double = define("double", { priority: 7 }, async (n) => {
  await upTo(4);
  return n * 2;
});

export const sum = define("sum", {}, (ns) => ns.reduce((a, b) => a + b, 0));

/** `count` numbers from `from` on. */
export const range = define("range", {}, ({ from, count }) => Array.from({ length: count }, (_, i) => from + i));

/** Fails twice, so that timers of retries have to live through what happens. */
export const flaky = define("flaky", { retry: { attempts: 4, delay: "250ms" } }, (n, ctx) => {
  if (ctx.attempt <= 2) throw new Error("the first two attempts always fail");
  return n + 1;
});

/** Fails for each tenth number. */
export const moody = define("moody", {}, (n) => {
  if (n % 10 === 0) throw new PermanentTaskError(`${n} ends in 0`);
  return n * 2;
});

export const countRight = define("count-right", {}, (outcomes) => outcomes.filter(({ ok }) => ok).length);

export const broken = define("broken", {}, (n) => {
  throw new PermanentTaskError(`${n} is refused`);
});

/** Whether a run is a redrive, by the id that the load gives it. */
const isRedriven = ({ runId }) => runId.startsWith("again-");

/** Lets only redriven runs pass. */
export const refuse = define("refuse", {}, (n, ctx) => {
  if (!isRedriven(ctx)) throw new PermanentTaskError(`${n} is refused the first time`);
  return n;
});

/** The same for each tenth number. */
export const refuseTens = define("refuse-tens", {}, (n, ctx) => {
  if (n % 10 === 0 && !isRedriven(ctx)) throw new PermanentTaskError(`${n} is refused the first time`);
  return n;
});

/** Takes a second unless it is told to stop. */
export const slow = define("slow", { queue: "slow" }, async (n, { signal }) => {
  await pause(1_000, undefined, { signal });
  return n + 1;
});

/** Takes longer than any run that has it may. */
export const endless = define("endless", { queue: "slow", priority: 1 }, async (n, { signal }) => {
  await pause(30_000, undefined, { signal });
  return n;
});

/** `size` bytes that follow from `n`. */
export const inflate = define("inflate", {}, ({ n, size }) => ({ n, bytes: new Uint8Array(size).fill(n % 251) }));

/** The same number of bytes, each turned around. */
export const invert = define("invert", {}, async ({ n, bytes }) => {
  await upTo(20);
  return { n, bytes: bytes.map((byte) => 255 - byte) };
});

/** `count` texts of a thousand characters each. */
export const texts = define("texts", {}, ({ n, count }) => Array.from({ length: count }, (_, i) => pageOf(n + i)));

export const lengthOf = define("length-of", {}, (text) => text.length);

function pageOf(n) {
  return String(n).padEnd(1_000, ".");
}

export const tasks = [
  increment,
  double,
  sum,
  range,
  flaky,
  moody,
  countRight,
  broken,
  refuse,
  refuseTens,
  slow,
  endless,
  inflate,
  invert,
  texts,
  lengthOf,
];
