import { expect, test } from "vitest";
import { initialTransition, transition } from "xstate";
import { isRunEnded, nextRunLife, RUN_STEPS, runMachine } from "./run-machine.ts";
import type { RunLife } from "./run-machine.ts";

const LIVES = Object.keys(runMachine.states) as RunLife[];

test("the remembered answers are the machine's, the second time as well as the first", () => {
  for (const life of LIVES) {
    for (const step of RUN_STEPS) {
      const [next] = transition(runMachine, runMachine.resolveState({ value: life }), { type: step });
      expect(nextRunLife(life, step)).toBe(next.value);
      expect(nextRunLife(life, step)).toBe(next.value);
    }
  }
});

test("a run begins as scheduled, and an ended one never changes", () => {
  expect(initialTransition(runMachine)[0].value).toBe("scheduled");
  for (const life of LIVES.filter(isRunEnded)) for (const step of RUN_STEPS) expect(nextRunLife(life, step)).toBe(life);
  expect(LIVES.filter(isRunEnded)).toEqual(["succeeded", "failed", "cancelled"]);
});
