import { afterAll, beforeAll, expect, test } from "vitest";
import { chain, contract, createApp, func, group, jsonSchema, map, signal, task, workflow, type App } from "arpeggio";

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
