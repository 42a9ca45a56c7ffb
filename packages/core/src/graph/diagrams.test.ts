import { expect, test } from "vitest";
import { chain, compile, edgesOf, group, map, mapSettled, task, toDot, toMermaid, workflow } from "../index.ts";

const list = task("etl.list", (n: number) => [n]);
const load = task("etl.load", (n: number) => n);
const clean = task("etl.clean", (n: number) => n);
const report = task("etl.report", (ns: readonly number[]) => ns.length);

const { graph } = compile(
  workflow(
    "etl",
    chain(
      list,
      group([map(clean.pipe(load)), mapSettled(clean).named("tolerant"), report.named("early")]),
      report.ignoreInput([]),
    ),
  ),
);

test("Mermaid", () => {
  expect(toMermaid(graph)).toBe(`flowchart LR
  n0["etl.list"]
  subgraph n1["each: map"]
    n5["etl.clean"]
    n6["etl.load"]
    n5 --> n6
  end
  subgraph n2["each, settled: tolerant"]
    n7["etl.clean"]
  end
  n3["early (etl.report)"]
  n4["etl.report"]
  n0 --> n1
  n0 --> n2
  n0 --> n3
  n1 -.-> n4
  n2 -.-> n4
  n3 -.-> n4
  in((in))
  out((out))
  in --> n0
  n4 --> out
`);
});

test("DOT", () => {
  expect(toDot(graph)).toBe(`digraph workflow {
  rankdir=LR;
  compound=true;
  node [shape=box];
  n0 [label="etl.list"];
  subgraph cluster_n1 {
    label="each: map";
    n1 [shape=point, style=invis];
    n5 [label="etl.clean"];
    n6 [label="etl.load"];
    n5 -> n6;
  }
  subgraph cluster_n2 {
    label="each, settled: tolerant";
    n2 [shape=point, style=invis];
    n7 [label="etl.clean"];
  }
  n3 [label="early (etl.report)"];
  n4 [label="etl.report"];
  n0 -> n1 [lhead=cluster_n1];
  n0 -> n2 [lhead=cluster_n2];
  n0 -> n3;
  n1 -> n4 [style=dashed, ltail=cluster_n1];
  n2 -> n4 [style=dashed, ltail=cluster_n2];
  n3 -> n4 [style=dashed];
  in [shape=circle];
  out [shape=circle];
  in -> n0;
  n4 -> out;
}
`);
});

test("a graph without nodes leads from in to out", () => {
  const empty = compile(group([])).graph;
  expect(toMermaid(empty)).toContain("  in --> out\n");
  expect(toDot(empty)).toContain("  in -> out;\n");
});

test("edges tell data from order", () => {
  expect(edgesOf(graph).map(({ from, to, data }) => `${from} ${data ? "→" : "⇢"} ${to}`)).toEqual([
    "etl.list → map",
    "etl.list → tolerant",
    "etl.list → early",
    "map ⇢ etl.report",
    "tolerant ⇢ etl.report",
    "early ⇢ etl.report",
  ]);
});
