import { createMachine, transition } from "xstate";

/** Where a run stands in its life. `scheduled` is what a run is before its start is folded. */
export type RunLife = "scheduled" | "running" | "succeeded" | "failed" | "cancelled";

/** What can happen to a run as a whole. */
export type RunStep = "start" | "succeed" | "fail" | "cancel";

export const RUN_STEPS = ["start", "succeed", "fail", "cancel"] as const satisfies readonly RunStep[];

/** The life of a run. Its context is empty: everything else that a run knows lies in `run-state.ts`. */
export const runMachine = createMachine({
  id: "run",
  initial: "scheduled",
  states: {
    scheduled: { on: { start: "running" } },
    running: { on: { succeed: "succeeded", fail: "failed", cancel: "cancelled" } },
    succeeded: { type: "final" },
    failed: { type: "final" },
    cancelled: { type: "final" },
  },
});

const seen: Partial<Record<RunLife, Partial<Record<RunStep, RunLife>>>> = {};

/**
 * The run's life after `step`, by the machine. Without a context the answer depends on nothing but the two names, so each
 * is worked out once: one `transition` costs as much as folding a hundred events.
 */
export function nextRunLife(life: RunLife, step: RunStep): RunLife {
  const from = (seen[life] ??= {});
  from[step] ??= transition(runMachine, runMachine.resolveState({ value: life }), { type: step })[0].value as RunLife;
  return from[step];
}

/** Whether the run is over. */
export function isRunEnded(life: RunLife): boolean {
  return life !== "scheduled" && life !== "running";
}
