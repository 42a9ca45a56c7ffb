import { expect, test } from "vitest";
import {
  any,
  chain,
  compile,
  edgesOf,
  group,
  loop,
  map,
  mapSettled,
  race,
  settled,
  signal,
  sleep,
  task,
  toDot,
  toMermaid,
  workflow,
} from "../index.ts";

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

test("every kind of node is drawn, its levels as boxes", () => {
  const order = task("order", (n: number) => ({ state: n > 0 ? ("open" as const) : ("done" as const), isDone: n > 0 }));
  const poll = task("poll", (o: { isDone: boolean }) => o);
  const canvas = chain(
    race({ quick: clean, slow: chain(sleep<number>("1h"), clean) }),
    any([clean, load]).named("first"),
    order,
    loop(poll, { until: (o) => o.isDone, max: 3 }),
    signal("go"),
    group([settled([clean, load]), clean.sleep(5)]).ignoreInput(1),
    order
      .ignoreInput(1)
      .choose((o) => o.state, { open: poll, done: poll })
      .recover(clean as never),
  );
  expect(toMermaid(compile(canvas).graph)).toMatchInlineSnapshot(`
    "flowchart LR
      subgraph n0["race"]
        subgraph n0_0["quick"]
          n9["etl.clean"]
        end
        subgraph n0_1["slow"]
          n10["sleep"]
          n11["etl.clean"]
          n10 --> n11
        end
      end
      subgraph n1["any: first"]
        subgraph n1_0["branch 0"]
          n12["etl.clean"]
        end
        subgraph n1_1["branch 1"]
          n13["etl.load"]
        end
      end
      n2["order"]
      subgraph n3["loop"]
        n14["poll"]
      end
      n4["signal: go"]
      subgraph n5["settled"]
        subgraph n5_0["branch 0"]
          n15["etl.clean"]
        end
        subgraph n5_1["branch 1"]
          n16["etl.load"]
        end
      end
      n6["etl.clean"]
      n7["sleep"]
      subgraph n8["scope"]
        subgraph n8_0["body"]
          n17["order"]
          subgraph n18["choose"]
            subgraph n18_0["case open"]
              n19["poll"]
            end
            subgraph n18_1["case done"]
              n20["poll"]
            end
          end
          n17 --> n18
        end
        subgraph n8_1["recover"]
          n21["etl.clean"]
        end
      end
      n0 --> n1
      n1 --> n2
      n2 --> n3
      n3 -.-> n4
      n4 -.-> n5
      n4 -.-> n6
      n6 --> n7
      n5 --> n8
      n7 --> n8
      in((in))
      out((out))
      in --> n0
      n8 --> out
    "
  `);
  expect(toDot(compile(canvas).graph)).toContain(`label="case open";`);
});
