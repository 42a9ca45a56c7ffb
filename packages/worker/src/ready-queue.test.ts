import type { AttemptRecord, Delivery } from "@arpeggio/core";
import { expect, test } from "vitest";
import { HeldAttempt } from "./held-attempt.ts";
import { ReadyQueue } from "./ready-queue.ts";

const task = { name: "echo", run: (input: unknown) => input };

function held(id: string, priority: number): HeldAttempt {
  const nothing = () => {};
  const delivery: Delivery = {
    messageId: id,
    runId: id,
    deliveryCount: 1,
    priority,
    bytes: new Uint8Array(),
    ack: nothing,
    release: nothing,
    extend: nothing,
  };
  return new HeldAttempt({ run: id } as AttemptRecord, task, delivery);
}

function drained(queue: ReadyQueue): readonly string[] {
  const ids: string[] = [];
  for (let one = queue.take(); one !== undefined; one = queue.take()) ids.push(one.messageId);
  return ids;
}

test("higher priority goes first, and first come, first served within one", () => {
  const queue = new ReadyQueue();
  for (const [id, priority] of [
    ["a", 4],
    ["b", 9],
    ["c", 4],
    ["d", 0],
    ["e", 9],
  ] as const)
    queue.push(held(id, priority));
  expect(queue.size).toBe(5);
  expect(drained(queue)).toEqual(["b", "e", "a", "c", "d"]);
  expect(queue.size).toBe(0);
});

test("keeps the order over many items, taken and put in turn", () => {
  const queue = new ReadyQueue();
  const taken: string[] = [];
  for (let i = 0; i < 5_000; i++) {
    queue.push(held(String(i), 4));
    if (i % 3 === 0) taken.push(queue.take()?.messageId ?? "none");
  }
  taken.push(...drained(queue));
  expect(taken).toEqual(Array.from({ length: 5_000 }, (_, i) => String(i)));
});

test("takes out what a test names, and leaves the rest in order", () => {
  const queue = new ReadyQueue();
  for (const id of ["a", "b", "c", "d"]) queue.push(held(id, 4));
  queue.take();
  expect(queue.remove(({ messageId }) => messageId !== "c").map((one) => one.messageId)).toEqual(["b", "d"]);
  expect(queue.size).toBe(1);
  expect(drained(queue)).toEqual(["c"]);
});
