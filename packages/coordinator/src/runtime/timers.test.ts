import type { Clock } from "@arpeggio/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { Timers } from "./timers.ts";

/** A clock that the test moves. */
function handClock() {
  let nowMs = 0;
  let waiting: { atMs: number; run: () => void }[] = [];
  const clock: Clock = {
    now: () => nowMs,
    after(delayMs, run) {
      const one = { atMs: nowMs + delayMs, run };
      waiting.push(one);
      return { cancel: () => void (waiting = waiting.filter((other) => other !== one)) };
    },
  };
  const moveTo = (ms: number) => {
    for (;;) {
      const next = waiting.filter(({ atMs }) => atMs <= ms).sort((a, b) => a.atMs - b.atMs)[0];
      if (next === undefined) break;
      waiting = waiting.filter((one) => one !== next);
      nowMs = Math.max(nowMs, next.atMs);
      next.run();
    }
    nowMs = ms;
  };
  return { clock, moveTo, count: () => waiting.length };
}

test("timers fire in the order in which they are due, whatever the order in which they were armed", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(1_000), { maxLength: 60 }), (dues) => {
      const { clock, moveTo, count } = handClock();
      const fired: number[] = [];
      const timers = new Timers({ clock, isWanted: () => true, onDue: (_run, timer) => fired.push(Number(timer)) });
      for (const due of dues) timers.arm("r", String(due), due);
      expect(count()).toBeLessThanOrEqual(1);
      moveTo(500);
      expect(fired).toEqual(dues.filter((due) => due <= 500).sort((a, b) => a - b));
      moveTo(1_000);
      expect(fired).toEqual([...dues].sort((a, b) => a - b));
      expect(timers.size).toBe(0);
    }),
  );
});

test("one that is due before the one that is waited for comes first", () => {
  const { clock, moveTo } = handClock();
  const fired: string[] = [];
  const timers = new Timers({ clock, isWanted: () => true, onDue: (_run, timer) => fired.push(timer) });
  timers.arm("r", "late", 100);
  timers.arm("r", "early", 10);
  moveTo(50);
  expect(fired).toEqual(["early"]);
});

test("those that nobody waits for any more do not fire, and do not pile up", () => {
  const { clock, moveTo } = handClock();
  const fired: string[] = [];
  const isWanted = (_run: string, timer: string) => timer === "wanted";
  const timers = new Timers({ clock, isWanted, onDue: (_run, timer) => fired.push(timer) });
  timers.arm("r", "wanted", 1_000_000);
  for (let i = 0; i < 55_000; i++) timers.arm("r", "unwanted", 500_000 + i);
  expect(timers.size).toBeLessThan(20_000);
  moveTo(2_000_000);
  expect(fired).toEqual(["wanted"]);
});

test("stopped timers never fire", () => {
  const { clock, moveTo } = handClock();
  const fired: string[] = [];
  const timers = new Timers({ clock, isWanted: () => true, onDue: (_run, timer) => fired.push(timer) });
  timers.arm("r", "t", 10);
  timers.stop();
  moveTo(100);
  expect(fired).toEqual([]);
});
