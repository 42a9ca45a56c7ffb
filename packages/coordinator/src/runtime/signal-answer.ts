import type { SignalAnswer } from "@arpeggio/core";
import type { RunState } from "../run/run-state.ts";

/** Whether a run takes a signal: no node that this release runs waits for one. */
export function signalAnswerOf(_run: RunState, _signal: string): SignalAnswer {
  return { expected: "no", graphs: [], known: [] };
}
