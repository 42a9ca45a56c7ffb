import { expect, test } from "vitest";
import { ProcessHold } from "./process-hold.ts";
import { UpdateQueue } from "./update-queue.ts";

function queue() {
  const calls: string[] = [];
  const made = new UpdateQueue<number>(
    () => calls.push("start"),
    () => calls.push("end"),
    new ProcessHold(),
  );
  return { made, calls };
}

test("values wait for the reader, and the reader for values", async () => {
  const { made, calls } = queue();
  expect(calls).toEqual([]);
  const first = made.next();
  made.push(1);
  made.push(2);
  made.end();
  expect(await first).toEqual({ done: false, value: 1 });
  const rest: number[] = [];
  for await (const value of made) rest.push(value);
  expect(rest).toEqual([2]);
  expect(calls).toEqual(["start", "end"]);
});

test("leaving the loop ends it once", async () => {
  const { made, calls } = queue();
  made.push(1);
  made.push(2);
  for await (const value of made) {
    expect(value).toBe(1);
    break;
  }
  expect(await made.next()).toEqual({ done: true, value: undefined });
  expect(calls).toEqual(["start", "end"]);
});

test("a reader that waits can be sent away", async () => {
  const { made } = queue();
  const waiting = made.next();
  await made.return();
  expect(await waiting).toEqual({ done: true, value: undefined });
});

test("an error comes after the values at hand, once", async () => {
  const { made } = queue();
  made.push(1);
  made.end(new Error("gone"));
  expect(await made.next()).toEqual({ done: false, value: 1 });
  await expect(made.next()).rejects.toThrow("gone");
  expect(await made.next()).toEqual({ done: true, value: undefined });
});

test("values asked for before they come go to the askers in their order, and the end to the others", async () => {
  const { made } = queue();
  const asked = [made.next(), made.next(), made.next(), made.next()];
  made.push(1);
  made.push(2);
  made.end(new Error("lost"));
  expect(await Promise.allSettled(asked)).toMatchObject([
    { value: { done: false, value: 1 } },
    { value: { done: false, value: 2 } },
    { status: "rejected", reason: new Error("lost") },
    { value: { done: true } },
  ]);
  expect(await made.next()).toEqual({ done: true, value: undefined });
});
