import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { nodeMachine } from "./node-machine.ts";
import { runMachine } from "./run-machine.ts";
import { diagramOf } from "../testing/machine-diagram.ts";

const page = readFileSync(new URL("../../../../docs/internals/coordinator.md", import.meta.url), "utf8");

test.each([
  ["run", runMachine],
  ["node", nodeMachine],
] as const)("the diagram of a %s in the docs is the machine's", (_what, machine) => {
  expect(page).toContain(`\`\`\`mermaid\n${diagramOf(machine)}\n\`\`\``);
});
