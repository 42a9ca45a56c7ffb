import fc from "fast-check";
import { expect, test } from "vitest";
import { assertGraph, compile, evaluate, graphHash, inputOf } from "@arpeggio/core";
import type { Graph, MapNode, TaskContext, TaskDefinition } from "@arpeggio/core";
import { anyCanvas, anyInput } from "@arpeggio/testing";
import type { CanvasEnd } from "@arpeggio/testing";
import { unlike } from "./ends.ts";

type Tasks = ReadonlyMap<string, TaskDefinition>;

/** Runs the nodes of a level one after another: their order is one in which each comes after all it needs. */
async function interpreted(level: Graph, input: unknown, tasks: Tasks): Promise<unknown> {
  const results = new Map<string, unknown>([["$in", input]]);
  const lookup = (ref: string): unknown => {
    if (!results.has(ref)) throw new Error(`'${ref}' is read before it has run`);
    return results.get(ref);
  };
  for (const node of level.nodes) {
    for (const need of node.needs) lookup(need);
    const value = evaluate(inputOf(node), lookup);
    results.set(
      node.id,
      node.kind === "task" ? await called(node.task, value, tasks) : await mapped(node as MapNode, value, tasks),
    );
  }
  return evaluate(level.output, lookup);
}

async function called(name: string, input: unknown, tasks: Tasks): Promise<unknown> {
  const handler = tasks.get(name)?.handler;
  if (handler === undefined) throw new Error(`no code for '${name}'`);
  return (await handler(structuredClone(input), {} as TaskContext)) ?? null;
}

async function mapped(node: { readonly body: Graph; readonly settle?: true }, list: unknown, tasks: Tasks) {
  if (!Array.isArray(list)) throw new Error("a map over what is no list");
  const results: unknown[] = [];
  for (const item of list) {
    const one = interpreted(node.body, item, tasks);
    results.push(
      await (node.settle
        ? one.then(
            (value) => ({ ok: true, value }),
            (error: Error) => ({ ok: false, error: { message: error.message } }),
          )
        : one),
    );
  }
  return results;
}

async function endOf(run: () => Promise<unknown>): Promise<CanvasEnd> {
  try {
    return { value: await run() };
  } catch {
    return { failed: true };
  }
}

const seen = { failed: 0, succeeded: 0, maps: 0 };

test("a compiled graph is valid and means what its canvas means", { timeout: 60_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(anyCanvas, anyInput, async ({ canvas, meaning }, input) => {
      const { graph, tasks, hash } = compile(canvas);
      assertGraph(graph);
      expect(graphHash(graph)).toBe(hash);

      const end = await endOf(() => interpreted(graph, input, tasks));
      expect(unlike(meaning(input), end)).toBeUndefined();

      seen["failed" in end ? "failed" : "succeeded"]++;
      if (graph.nodes.some((node) => node.kind === "map")) seen.maps++;
    }),
    { numRuns: 400 },
  );
  // The law would hold of nothing if the canvases were all alike.
  expect(seen.failed).toBeGreaterThan(10);
  expect(seen.succeeded).toBeGreaterThan(100);
  expect(seen.maps).toBeGreaterThan(20);
});
