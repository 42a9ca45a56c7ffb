import { nodeStates } from "@arpeggio/core";
import { describe, expect, test } from "vitest";
import { transition } from "xstate";
import { NODE_STATES, NODE_STEPS, nodeMachine } from "./node-machine.ts";
import { hasEnded, nextNodeCode, nodeCode, nodeStateOf, stepCode } from "./node-table.ts";

describe("the node table", () => {
  test.each(NODE_STATES.flatMap((state) => NODE_STEPS.map((step) => [state, step] as const)))(
    "does in %s on %s what the machine says",
    (state, step) => {
      const [next] = transition(nodeMachine, nodeMachine.resolveState({ value: state }), { type: step });
      expect(nodeStateOf(nextNodeCode(nodeCode[state], stepCode[step]))).toBe(next.value);
    },
  );

  test("knows the states by the names of the wire, in the wire's order", () => {
    expect(NODE_STATES).toEqual(nodeStates);
  });

  test("never leaves a final state, and those are the machine's", () => {
    const final = NODE_STATES.filter((state) => nodeMachine.resolveState({ value: state }).status === "done");
    expect(NODE_STATES.filter((state) => hasEnded(nodeCode[state]))).toEqual(final);
    const codes = final.map((state) => nodeCode[state]);
    for (const step of NODE_STEPS) expect(codes.map((code) => nextNodeCode(code, stepCode[step]))).toEqual(codes);
  });
});
