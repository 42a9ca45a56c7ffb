import { transition } from "xstate";
import { nodeStates } from "@arpeggio/core";
import type { NodeState } from "@arpeggio/core";
import { NODE_STEPS, nodeMachine } from "./node-machine.ts";
import type { NodeStep } from "./node-machine.ts";

const WIDTH = NODE_STEPS.length;

/** The state as it is stored: its place in {@link nodeStates}. */
export const nodeCode = Object.fromEntries(nodeStates.map((state, code) => [state, code])) as Readonly<
  Record<NodeState, number>
>;

/** A step as the table knows it: its place in {@link NODE_STEPS}. */
export const stepCode = Object.fromEntries(NODE_STEPS.map((step, code) => [step, code])) as Readonly<
  Record<NodeStep, number>
>;

/** `nodeTable[state * NODE_STEPS.length + step]` is the next state; the same state where the step changes nothing. */
export const nodeTable: Uint8Array = tableOf();

function tableOf(): Uint8Array {
  const table = new Uint8Array(nodeStates.length * WIDTH);
  for (const [code, state] of nodeStates.entries()) {
    const snapshot = nodeMachine.resolveState({ value: state });
    for (const [step, type] of NODE_STEPS.entries()) {
      const [next] = transition(nodeMachine, snapshot, { type });
      table[code * WIDTH + step] = nodeCode[next.value as NodeState];
    }
  }
  return table;
}

/** The state code after `step`, which is a value of {@link stepCode}. */
export function nextNodeCode(state: number, step: number): number {
  return nodeTable[state * WIDTH + step] as number;
}

/** Whether a state is one that never changes again. */
export function hasEnded(state: number): boolean {
  return state >= nodeCode.succeeded;
}

/** The name of a stored state. */
export function nodeStateOf(code: number): NodeState {
  return nodeStates[code] as NodeState;
}
