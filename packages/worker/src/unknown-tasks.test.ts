import type { Clock, Delivery } from "@arpeggio/core";
import { expect, test } from "vitest";
import { UnknownTasks } from "./unknown-tasks.ts";

function world() {
  const warnings: string[] = [];
  const delaysMs: number[] = [];
  const clock = { nowMs: 0, now: () => clock.nowMs, after: () => ({ cancel: () => {} }) };
  const silent = { debug: () => {}, info: () => {}, error: () => {} };
  const unknown = new UnknownTasks(clock satisfies Clock, { ...silent, warn: (text) => void warnings.push(text) });
  const giveBack = (task: string, deliveryCount = 1) => {
    const release = (delayMs: number) => void delaysMs.push(delayMs);
    unknown.giveBack({ deliveryCount, release } as Partial<Delivery> as Delivery, task, "q");
  };
  return { clock, warnings, delaysMs, giveBack };
}

test("an attempt is given back later each time, and its task is warned of once a minute", () => {
  const { clock, warnings, delaysMs, giveBack } = world();
  for (const deliveryCount of [1, 2, 3, 9]) giveBack("a", deliveryCount);
  expect(delaysMs).toEqual([1_000, 2_000, 4_000, 30_000]);
  expect(warnings).toHaveLength(1);
  clock.nowMs = 60_000;
  giveBack("a");
  expect(warnings).toHaveLength(1);
  clock.nowMs = 60_001;
  giveBack("a");
  expect(warnings).toHaveLength(2);
});

test("made-up names fill neither the memory nor the log", () => {
  const { clock, warnings, delaysMs, giveBack } = world();
  for (let i = 0; i < 3_000; i++) giveBack(`made-up-${i}`);
  expect(warnings).toHaveLength(1_000);
  expect(delaysMs).toHaveLength(3_000);
  clock.nowMs = 60_001;
  giveBack("made-up-1500");
  expect(warnings).toHaveLength(1_001);
});
