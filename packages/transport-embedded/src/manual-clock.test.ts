import fc from "fast-check";
import { expect, test } from "vitest";
import { DueHeap } from "./due-heap.ts";
import { manualClock } from "./manual-clock.ts";

test("stands still until it is told to go on", () => {
  const clock = manualClock(1_000);
  const ran: string[] = [];
  clock.after(10, () => ran.push("x"));
  expect([clock.now(), ran]).toEqual([1_000, []]);
  clock.advance(9);
  expect([clock.now(), ran]).toEqual([1_009, []]);
  clock.advance(1);
  expect([clock.now(), ran]).toEqual([1_010, ["x"]]);
  clock.advance(100);
  expect(ran).toEqual(["x"]);
});

test("runs what is due in order, each at its own time, equal times as they were set", () => {
  const clock = manualClock();
  const ran: [string, number][] = [];
  for (const [name, ms] of [
    ["c", 30],
    ["a", 10],
    ["b1", 20],
    ["b2", 20],
  ] as const) {
    clock.after(ms, () => ran.push([name, clock.now()]));
  }
  clock.advance(100);
  expect(ran).toEqual([
    ["a", 10],
    ["b1", 20],
    ["b2", 20],
    ["c", 30],
  ]);
});

test("runs timers that timers set, as far as it goes", () => {
  const clock = manualClock();
  const ran: number[] = [];
  const again = () => {
    ran.push(clock.now());
    clock.after(10, again);
  };
  clock.after(0, again);
  clock.advance(35);
  expect(ran).toEqual([0, 10, 20, 30]);
  clock.advance(5);
  expect(ran).toEqual([0, 10, 20, 30, 40]);
});

test("leaves out what was cancelled, also on the way", () => {
  const clock = manualClock();
  const ran: string[] = [];
  const first = clock.after(10, () => ran.push("first"));
  const second = clock.after(30, () => ran.push("second"));
  clock.after(20, () => second.cancel());
  first.cancel();
  clock.advance(100);
  expect(ran).toEqual([]);
});

test("what is due comes out in the order of its time, then of adding", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(20)), (times) => {
      const heap = new DueHeap<number>();
      for (const [i, time] of times.entries()) heap.add(time, i);
      const taken: number[] = [];
      for (let nowMs = 0; nowMs <= 20; nowMs++) {
        for (let item = heap.takeDue(nowMs); item !== undefined; item = heap.takeDue(nowMs)) taken.push(item);
        expect(heap.nextDueAtMs ?? 99).toBeGreaterThan(nowMs);
      }
      const sorted = times.map((time, i) => ({ time, i })).sort((a, b) => a.time - b.time || a.i - b.i);
      expect(taken).toEqual(sorted.map(({ i }) => i));
    }),
  );
});
