import { contract, func, jsonSchema, task } from "@arpeggio/core";
import { expect, test } from "vitest";
import { AttemptContext } from "./attempt-context.ts";
import { TaskRegistry } from "./task-registry.ts";
import {
  DuplicateTaskError,
  TaskInputInvalidError,
  TaskOutputInvalidError,
  TaskWithoutHandlerError,
} from "./worker-errors.ts";

const attempt = { run: "r", partition: 0, node: 0, nodePath: "a", attempt: 1, task: "a" };
const input = { kind: "value", payload: new Uint8Array([0xc0]) } as const;
const context = new AttemptContext({ ...attempt, input }, { log: () => {}, progress: () => {} });
const Page = jsonSchema<{ url: string }>({
  type: "object",
  properties: { url: { type: "string" } },
  required: ["url"],
});

test("the same task twice is one, another one of its name is an error", () => {
  const registry = new TaskRegistry();
  const first = task("a", () => 1);
  expect(registry.add(first.definition)).toBe(true);
  expect(registry.add(first.with({ queue: "cpu" }).definition)).toBe(false);
  expect(() => registry.add(task("a", () => 2).definition)).toThrow(DuplicateTaskError);
  expect(registry.names()).toEqual(["a"]);
});

test("a contract has no code to run", () => {
  const registry = new TaskRegistry();
  expect(() => registry.add(contract("page.get", { input: Page, output: Page }).definition)).toThrow(
    TaskWithoutHandlerError,
  );
});

test("a task that never waits gives its result at once", () => {
  const registry = new TaskRegistry();
  registry.add(func("add", (a: number, b: number) => a + b).definition);
  expect(registry.get("add")?.run([1, 2], context)).toBe(3);
});

test("an input that does not fit is told with its place, and the handler is not called", () => {
  const registry = new TaskRegistry();
  registry.add(task("page.get", { input: Page }, () => expect.fail("called")).definition);
  const run = () => registry.get("page.get")?.run({ url: 5 }, context);
  expect(run).toThrow(TaskInputInvalidError);
  expect(run).toThrow(/'page.get'.*url must be string/);
});

test("a result that does not fit is told, also when the handler waits", async () => {
  const registry = new TaskRegistry();
  const wrong = { url: 1 } as unknown as { url: string };
  registry.add(task("page.get", { output: Page }, async () => wrong).definition);
  await expect(registry.get("page.get")?.run(null, context)).rejects.toThrow(TaskOutputInvalidError);
});

test("anything thenable is awaited", async () => {
  const registry = new TaskRegistry();
  // oxlint-disable-next-line unicorn/no-thenable -- the point of the test
  const lazy = () => ({ then: (resolve: (value: number) => void) => resolve(7) }) as unknown as Promise<number>;
  registry.add(task("lazy", lazy).definition);
  expect(await registry.get("lazy")?.run(null, context)).toBe(7);
});
