import { expect } from "vitest";
import { compile, graphProblems, task } from "../index.ts";
import type { AnyCanvas, Graph } from "../index.ts";

export interface Url {
  readonly url: string;
}
export const download = task("file.download", ({ url }: Url) => ({ path: url, bytes: 1 }));
export const resize = task("image.resize", (input: { path: string; width: number }) => ({ path: input.path }));
export const count = task("file.count", (input: { path: string }) => input.path.length);
export const tick = task("tick", () => 1);
export const add = task("math.add", (input: { a: number; b: number }) => input.a + input.b);
export const inc = task("math.inc", (n: number) => n + 1);

export function graphOf(canvas: AnyCanvas): Graph {
  const { graph } = compile(canvas);
  expect(graphProblems(graph)).toEqual([]);
  return graph;
}
export const needsIn = (canvas: AnyCanvas): Record<string, readonly string[]> =>
  Object.fromEntries(graphOf(canvas).nodes.map((node) => [node.id, node.needs]));
