import { expect, test } from "vitest";
import { Losses } from "./losses.ts";

const nothing = { attempts: [], attemptsKeptUntilMs: 0, blobs: [] };
const noKeys = { runs: [], partitions: [], results: [], graphs: [] };

test("a lost graph is one of all runs on it, until it is stored again", () => {
  const losses = new Losses();
  losses.noteUse("before", "g");
  losses.noteUse("other", "h");
  losses.note({ ...nothing, keys: { ...noKeys, graphs: ["g"] } }, () => {});
  losses.noteUse("meanwhile", "g");
  losses.noteGraph("g");
  losses.noteUse("after", "g");
  expect([...losses.all]).toEqual(["before", "meanwhile"]);
  expect(losses.isOnlyShort("before")).toBe(true);
  expect(losses.mayBeGone("before")).toBe(false);
});

test("a lost blob is one of its run, but for what is worked out again", () => {
  const losses = new Losses();
  losses.note({ ...nothing, keys: noKeys, blobs: ["r/0-1-x", "s/state-1-2", "t/past-x"] }, () => {});
  expect([...losses.all]).toEqual(["r"]);
});

test("a run whose state or outcome is lost as well may be gone", () => {
  const losses = new Losses();
  const told: string[] = [];
  const keys = { ...noKeys, runs: ["0.r"], results: ["s.client"] };
  losses.note({ ...nothing, keys, blobs: ["r/0-1-x"] }, (run) => told.push(run));
  expect(told).toEqual(["s"]);
  expect(losses.isOnlyShort("r")).toBe(false);
  expect(losses.mayBeGone("r") && losses.mayBeGone("s")).toBe(true);
});
