/** What to do about a failure that the engine itself has made, by its code; docs/reference/errors.md says more of each. */
export const failureHints: Readonly<Record<string, string>> = {
  ALL_BRANCHES_FAILED: "See failure.failures: each member's own failure stands there.",
  BLOB_NOT_FOUND: "Raise the retention of blobs above the longest time that a run or its result is needed.",
  CASE_MISSING: "Add the case that the message names to choose(), or an otherwise.",
  COORDINATOR_FAULT: "A fault in Arpeggio: report it, with the stack in the coordinator's log and the run's graph.",
  EXPRESSION_FAILED:
    "A value is not what the mapping, test or operator takes it for: compare the task's result with its type, or ask first, with exists().",
  GRAPH_INVALID: "Graphs are made by compile(): the message says what is wrong with this one, and where.",
  GRAPH_NOT_FOUND: "Its graph is not in the graphs bucket, which was emptied or is another one: start the run again.",
  LOOP_MAX_REACHED: "Raise max, or see why the body's results never meet the condition of until.",
  MAP_OVER_NOT_A_LIST:
    "See what stands before the map: it has to give a list, or to be followed by .select() of the list in it.",
  MESSAGE_TOO_LARGE: "Pass large values by reference, such as the key of a file, or raise the server's limit.",
  NODE_CANCELLED: "Somebody cancelled this node; settled(), any() and .recover() around it would deal with that.",
  NODE_EXPIRED: "Start more workers for its queue, or let it expire later.",
  NODE_TIMED_OUT: "Raise within, or look for what takes so long: it counts all attempts and the waits between them.",
  QUORUM_NOT_REACHED: "See failure.failures: each member's own failure stands there.",
  REPLACE_TOO_DEEP: "See that the task gives a result in the end, and not another canvas each time, or use loop().",
  RUN_CANCELLED: "Somebody cancelled the run; start it again if its result is still wanted.",
  RUN_TIMED_OUT: "Raise the run's timeout, or see in its status how far it came.",
  RUN_TOO_LARGE: "Give each item of the map more to do, or start a run for each part of the list.",
  STATE_UNREADABLE: "Start it again; its stored state is in the dead letters.",
  TASK_INPUT_INVALID: "Compare what stands before the task with the task's input schema.",
  TASK_OUTPUT_INVALID: "Compare what the handler returns with the task's output schema.",
  TASK_POISONED: "Look for what ended the workers at this attempt: memory, a native crash, a process manager.",
  TASK_RESULT_NOT_SERIALISABLE: "Return what JSON can hold, Uint8Array, Date and bigint, in plain objects and lists.",
  TASK_TIMED_OUT: "Raise the timeout, or make the handler faster; let it pass ctx.signal on.",
  TOO_MANY_FAILURES: "See the failures before it in failure.failures, or allow more by maxFailures.",
};

const OTHERS =
  "See failure (which node, which attempt, every failure of the run) and cause (the error with its stack).";

/** What to do about a failure of this code. */
export function hintOf(code: string): string {
  return failureHints[code] ?? OTHERS;
}
