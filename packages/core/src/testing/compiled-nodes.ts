import { compile, func, task } from "../index.ts";
import type { Failure } from "../index.ts";
import { assertGraph } from "../graph/graph-problems.ts";

export const a = task("a", (n: number) => n);
export const b = task("b", (n: number) => n);
export const c = task("c", (n: number) => n);
export const list = task("list", (n: number) => [n]);
export const sum = task("sum", (xs: readonly number[]) => xs.length);
export const add = func("math.add", (x: number, y: number) => x + y);
export const half = func("math.half", (x: number) => x / 2);
export const alarm = task("alarm", (failure: Failure) => failure.error.message);
export const order = task("order", (n: number) => ({
  state: n > 0 ? ("open" as const) : ("done" as const),
  isDone: n > 0,
  n,
}));
export const poll = task("poll", (o: { isDone: boolean }) => o);

export const IN = { ref: "$in" };
export const graphOf = (canvas: Parameters<typeof compile>[0]) => {
  const { graph } = compile(canvas);
  assertGraph(graph);
  return graph;
};
export const nodesOf = (canvas: Parameters<typeof compile>[0]) => graphOf(canvas).nodes;
export const taskNode = (id: string, input: unknown = IN, more: object = {}) => ({
  id,
  needs: [],
  kind: "task",
  task: id,
  input,
  ...more,
});
/** A level of one task that gets the level's input. */
export const level = (id: string) => ({ nodes: [taskNode(id)], output: { ref: id } });
export const ends = { output: IN, nodes: [] };
