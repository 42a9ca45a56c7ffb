import { expect, test } from "vitest";
import { Timeline } from "./timeline.ts";

test("things happen in the order of their times, and those of one time in the order of planning", () => {
  const timeline = new Timeline(100);
  const seen: string[] = [];
  const say = (what: string) => () => void seen.push(`${timeline.nowMs} ${what}`);
  timeline.plan(5, undefined, say("b"));
  timeline.plan(1, undefined, say("a"));
  timeline.plan(5, undefined, say("c"));
  while (timeline.step());
  expect(seen).toEqual(["101 a", "105 b", "105 c"]);
});

test("what a process missed while it stood still comes to it in order, and nothing once it is dead", () => {
  const timeline = new Timeline(0);
  const actor = { isGone: false, pausedUntilMs: 10 };
  const seen: string[] = [];
  const say = (what: string) => () => void seen.push(`${timeline.nowMs} ${what}`);
  timeline.plan(3, actor, say("late 1"));
  timeline.plan(4, actor, say("late 2"));
  timeline.plan(5, undefined, say("of nobody"));
  timeline.plan(10, actor, say("in time"));
  timeline.plan(20, actor, say("never"));
  for (let i = 0; i < 4; i++) timeline.step();
  actor.isGone = true;
  expect(timeline.step()).toBe(false);
  expect(seen).toEqual(["5 of nobody", "10 late 1", "10 late 2", "10 in time"]);
});

test("what lies in skipped time happens after it", () => {
  const timeline = new Timeline(0);
  const seen: number[] = [];
  timeline.plan(10, undefined, () => seen.push(timeline.nowMs));
  timeline.plan(6_000, undefined, () => seen.push(timeline.nowMs));
  timeline.skipTo(5_000);
  while (timeline.step());
  expect(seen).toEqual([5_000, 6_000]);
});
