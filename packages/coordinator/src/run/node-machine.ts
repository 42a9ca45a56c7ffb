import { createMachine } from "xstate";

/** What can happen to one node. */
export type NodeStep =
  /** All that the node needs has ended well: its attempt goes to a queue. */
  | "release"
  /** The same for a node that consists of parts or waits for a signal. */
  | "open"
  /** The same, but it is to begin later. */
  | "delay"
  /** A worker says that it is at it. */
  | "start"
  | "succeed"
  /** For good: no further attempt. */
  | "fail"
  /** The attempt failed and the policy allows another one, later. */
  | "retry"
  /** The delay before the first or the next attempt is over. */
  | "wake"
  /** Its scope failed before it was released. */
  | "skip"
  /** The run was cancelled, or its scope failed while it was under way. */
  | "cancel";

export const NODE_STEPS = [
  "release",
  "open",
  "delay",
  "start",
  "succeed",
  "fail",
  "retry",
  "wake",
  "skip",
  "cancel",
] as const satisfies readonly NodeStep[];

const ended = { type: "final" } as const;

/**
 * The life of one node, as the specification: a run of a million nodes cannot hold a million actors, so what executes is
 * the table in `node-table.ts`, which is generated from this machine.
 */
export const nodeMachine = createMachine({
  id: "node",
  initial: "blocked",
  states: {
    // Succeeds without having begun: an earlier run has done it.
    blocked: {
      on: {
        release: "queued",
        open: "running",
        delay: "waiting",
        succeed: "succeeded",
        skip: "skipped",
        cancel: "cancelled",
      },
    },
    queued: { on: { start: "running", succeed: "succeeded", fail: "failed", retry: "waiting", cancel: "cancelled" } },
    running: { on: { succeed: "succeeded", fail: "failed", retry: "waiting", cancel: "cancelled" } },
    waiting: { on: { wake: "queued", open: "running", fail: "failed", cancel: "cancelled" } },
    succeeded: ended,
    failed: ended,
    skipped: ended,
    cancelled: ended,
  },
});
