import { expect, test } from "vitest";
import { repeatsByCause } from "./repeats.ts";

const lives = new Map([
  ["w1", [{ pid: 1, fromMs: 0 }]],
  ["w2", [{ pid: 2, fromMs: 0 }]],
]);
const servers = new Set(["n1"]);
const twice = [
  { at: 100, key: "r/0/1", pid: 1 },
  { at: 900, key: "r/0/1", pid: 2 },
];
const evidence = { executions: twice, handOvers: [], faults: [], lives, servers };

test("a repeat is laid to what happened to its first worker", () => {
  const fault = { kind: "kill", target: "w1", fromMs: 200, toMs: 300 } as const;
  const other = { kind: "restart", target: "w2", fromMs: 150, toMs: 200 } as const;
  expect([...repeatsByCause({ ...evidence, faults: [other, fault] })]).toEqual([["its worker was killed", 1]]);
});

test("without that, to a server that was away", () => {
  const fault = { kind: "restart", target: "n1", fromMs: 200, toMs: 300 } as const;
  expect([...repeatsByCause({ ...evidence, faults: [fault] })]).toEqual([["a server was away (restart)", 1]]);
});

test("a worker that wakes up and goes on with what another has done meanwhile", () => {
  const fault = { kind: "freeze", target: "w2", fromMs: 60, toMs: 890 } as const;
  const handOvers = [{ at: 50, run: "r", node: 0, attempt: 1, message: "m1", pid: 2 }];
  expect([...repeatsByCause({ ...evidence, handOvers, faults: [fault] })]).toEqual([
    ["a worker that had been away went on with it", 1],
  ]);
});

test("what was over before, or came afterwards, explains nothing", () => {
  const before = { kind: "kill", target: "w1", fromMs: 20, toMs: 90 } as const;
  const after = { kind: "freeze", target: "w1", fromMs: 950, toMs: 990 } as const;
  expect([...repeatsByCause({ ...evidence, faults: [before, after] })]).toEqual([["not explained", 1]]);
});

test("two messages of one attempt are said first", () => {
  const one = { at: 90, run: "r", node: 0, attempt: 1, message: "m1", pid: 1 };
  expect([...repeatsByCause({ ...evidence, handOvers: [one, { ...one, message: "m2" }] })]).toEqual([
    ["dispatched twice", 1],
  ]);
});
