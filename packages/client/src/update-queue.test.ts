import { expect, test } from "vitest";
import { ProcessHold } from "./process-hold.ts";
import { UpdateQueue } from "./update-queue.ts";

function queue() {
  const calls: string[] = [];
  const made = new UpdateQueue<number>({
    onStart: () => calls.push("start"),
    onEmpty: () => calls.push("empty"),
    onEnd: () => calls.push("end"),
    hold: new ProcessHold(),
    limits: { valuesMax: 3, bytesMax: 100 },
  });
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
  expect(calls).toEqual(["start", "empty", "end"]);
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

test("what is too much to wait for its reader is not taken, the last words are", async () => {
  const { made, calls } = queue();
  expect([1, 2, 3, 4].map((value) => made.push(value))).toEqual([true, true, true, false]);
  made.pushLast(5);
  made.end();
  const read: number[] = [];
  for await (const value of made) read.push(value);
  expect(read).toEqual([1, 2, 3, 5]);
  expect(calls).toEqual(["end"]);
});

test("values count by their bytes, too, and a single one always fits", async () => {
  const { made } = queue();
  expect([made.push(1, 101), made.push(2, 1)]).toEqual([true, false]);
  await made.next();
  expect([made.push(3, 60), made.push(4, 41), made.push(5, 40)]).toEqual([true, false, true]);
  const read = await Promise.all([made.next(), made.next()]);
  expect(read.map(({ value }) => value as number)).toEqual([3, 5]);
  expect(made.push(6, 100)).toBe(true);
});

test("a reader who finds nothing says so", async () => {
  const { made, calls } = queue();
  made.push(1);
  await made.next();
  expect(calls).toEqual(["start"]);
  void made.next();
  expect(calls).toEqual(["start", "empty"]);
  await made.return();
});
