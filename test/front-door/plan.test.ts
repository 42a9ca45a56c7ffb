import { afterAll, beforeAll, expect, test } from "vitest";
import {
  chain,
  contract,
  createApp,
  func,
  group,
  jsonSchema,
  map,
  race,
  signal,
  sleep,
  task,
  workflow,
  type App,
} from "arpeggio";

let app: App;
beforeAll(async () => {
  app = await createApp();
});
afterAll(() => app.close());

const called: string[] = [];
const split = task("split", { queue: "text" }, (text: string) => {
  called.push(text);
  return text.split("");
});
const upper = task("upper", (letter: string) => letter.toUpperCase());
const join = func("join", (letters: readonly string[], glue: string) => letters.join(glue));
const count = contract("count", {
  input: jsonSchema<string>({ type: "string" }),
  output: jsonSchema<number>({ type: "number" }),
});
const spell = workflow(
  "spell",
  chain(split, map(chain(upper, upper.named("again"))), join.s("-"), group([count, upper])),
  {
    input: jsonSchema<string>({ type: "string" }),
  },
);

test("a plan tells what a canvas is and what it needs, and runs nothing", async () => {
  const plan = await app.plan(spell, "abc");
  expect(plan).toMatchObject({
    workflow: "spell",
    nodes: 7,
    depth: 5,
    width: 2,
    criticalPath: ["split", "map[0]/upper", "map[0]/again", "join", "count"],
    unknownTasks: [{ task: "count", queue: "default" }],
    inputBytes: 4,
  });
  expect(plan.queues.toSorted()).toEqual(["default", "text"]);
  expect(plan.constantBytes).toBeGreaterThan(0);
  expect("value" in plan).toBe(false);
  expect(called).toEqual([]);
});

test("with handlers in the place of its tasks it is run in memory", async () => {
  const handlers = {
    split: (text: string) => [...new Set(text)],
    upper: (letter: string) => `${letter}!`,
    join: (letters: readonly string[], glue: string) => `${letters.join(glue)}.`,
    count: (text: string) => text.length,
  };
  const { value } = await app.plan(spell, "abca", { handlers });
  expect(value).toEqual([12, "a!!-b!!-c!!.!"]);
  expect(called).toEqual([]);
  expect((await app.runs.list()).runs).toEqual([]);
});

test("signals of a dry run come from its options", async () => {
  const text = jsonSchema<string>({ type: "string" });
  const canvas = chain(upper, signal("approved", text), upper.named("last"));
  const options = { handlers: { upper: (given: string) => `${given}?` }, signals: { approved: "yes" } };
  expect(await app.plan(canvas, "x", options)).toMatchObject({ value: "yes?", depth: 2 });
});

test("a dry run without a signal that it is sure to wait for is refused, with a name and at once", async () => {
  const canvas = chain(upper, signal("approved").named("approval"), chain(sleep(1), signal("paid")).named("last"));
  const handlers = { upper: () => "A" };
  await expect(app.plan(canvas, "x", { handlers, signals: { paid: 1 } })).rejects.toMatchObject({
    code: "DRY_RUN_SIGNAL_MISSING",
    message: "no value stands in for the signal 'approved'",
  });
  await expect(app.plan(canvas, "x", { handlers })).rejects.toThrow(/'approved', 'paid'/);
  await expect(app.plan(canvas, "x", { handlers, signals: { paied: 1 } })).rejects.toMatchObject({
    code: "OPTION_INVALID",
    message: expect.stringContaining("one of approved, paid") as string,
  });
  expect(await app.plan(canvas, "x")).toMatchObject({ signals: ["approved", "paid"] });
});

test("a dry run goes on without signals that it may do without, and with ones that come to nothing", async () => {
  const approved = signal("approved", jsonSchema<string>({ type: "string" }));
  const handlers = { upper: () => "A" };
  const first = race([upper, approved]);
  for (const signals of [{}, { approved: "yes" }])
    expect(["A", "yes"]).toContain((await app.plan(first, "x", { handlers, signals })).value);
  const timed = signal("late", jsonSchema<string>({ type: "string" }), { timeout: 5 }).recover(upper.ignoreInput("x"));
  expect((await app.plan(timed, undefined, { handlers })).value).toBe("A");
  const twice = chain(approved, approved.named("again"));
  expect((await app.plan(twice, undefined, { handlers, signals: { approved: "yes" } })).value).toBe("yes");
});

test("a dry run that does not end says what it waits for", async () => {
  const approved = signal("approved", jsonSchema<string>({ type: "string" }));
  const stuck = chain(upper, race([approved, sleep<string>("5d")]).named("either"));
  await expect(app.plan(stuck, "x", { handlers: { upper: () => "A" }, timeoutMs: 50 })).rejects.toMatchObject({
    code: "DRY_RUN_TIMED_OUT",
    message: expect.stringMatching(
      /^the dry run has not ended after 50 ms: 'either\[0\]\/signal' waits for the signal 'approved'; 'either\[1\]\/sleep' waits for its beginning at/,
    ) as string,
  });
});

test("what cannot be planned is refused", async () => {
  await expect(app.plan(spell, 7 as never)).rejects.toMatchObject({ code: "INPUT_INVALID" });
  await expect(app.plan(spell, "x", { handlers: { split: () => [] } })).rejects.toMatchObject({
    code: "DRY_RUN_HANDLER_MISSING",
    message: expect.stringContaining("'upper'") as string,
  });
  await expect(app.plan(spell, "x", { handlers: { split: 7 } as never })).rejects.toMatchObject({
    code: "OPTION_INVALID",
  });
  const failing = { upper: () => Promise.reject(new Error("no")) };
  await expect(app.plan(upper.with({ retry: { attempts: 1 } }), "x", { handlers: failing })).rejects.toMatchObject({
    code: "RUN_FAILED",
  });
});
