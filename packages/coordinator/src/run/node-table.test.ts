import { nodeStates } from "@arpeggio/core";
import { describe, expect, test } from "vitest";
import { transition } from "xstate";
import { NODE_STEPS, nodeMachine } from "./node-machine.ts";
import { hasEnded, nextNodeCode, nodeCode, nodeStateOf, stepCode } from "./node-table.ts";

describe("the node table", () => {
  test.each(nodeStates.flatMap((state) => NODE_STEPS.map((step) => [state, step] as const)))(
    "does in %s on %s what the machine says",
    (state, step) => {
      const [next] = transition(nodeMachine, nodeMachine.resolveState({ value: state }), { type: step });
      expect(nodeStateOf(nextNodeCode(nodeCode[state], stepCode[step]))).toBe(next.value);
    },
  );

  test("knows the states by the names of the wire, in the order in which runs store them", () => {
    const stored = ["blocked", "queued", "running", "waiting", "succeeded", "failed", "skipped", "cancelled"];
    expect(nodeStates).toEqual(stored);
    expect(stored.map((_, code) => nodeStateOf(code))).toEqual(stored);
  });

  test("never leaves a final state, and those are the machine's", () => {
    const final = nodeStates.filter((state) => nodeMachine.resolveState({ value: state }).status === "done");
    expect(nodeStates.filter((state) => hasEnded(nodeCode[state]))).toEqual(final);
    const codes = final.map((state) => nodeCode[state]);
    for (const step of NODE_STEPS) expect(codes.map((code) => nextNodeCode(code, stepCode[step]))).toEqual(codes);
  });
});
