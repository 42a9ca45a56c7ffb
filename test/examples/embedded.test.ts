import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { startNode } from "../support/process.ts";

const examples = new URL("../../examples/", import.meta.url);

/** What the README says that the example prints. */
function outputInReadme(name: string): string {
  const text = readFileSync(new URL(`${name}/README.md`, examples), "utf8");
  const block = /It prints:\n\n```text\n([\s\S]*?)```/.exec(text)?.[1];
  if (block === undefined) throw new Error(`examples/${name}/README.md has no block after "It prints:"`);
  return block;
}

test.each(["01-hello-chain", "02-chord"])("%s prints what its README says, and ends", async (name) => {
  await using child = startNode(fileURLToPath(new URL(`dist/${name}/main.js`, examples)));
  expect(await child.ended).toEqual({ code: 0, signal: null });
  expect(child.stderr).toBe("");
  expect(child.stdout).toBe(outputInReadme(name));
});
