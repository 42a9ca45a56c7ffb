import {
  decodeGraph,
  edgesOf,
  encodeGraph,
  graphHash,
  graphPartKeys,
  graphProblems,
  joinGraph,
  levelsOf,
  soundGraph,
  toDot,
  toMermaid,
} from "@arpeggio/core";
import type { WorkflowGraph } from "@arpeggio/core";
import { planGraph } from "../../../packages/coordinator/src/run/plan.ts";
import { inParts, records } from "../corpus/records.ts";
import { mutated } from "../mutation/mutation.ts";
import { ensure, tried } from "../oracles/harm.ts";
import type { Tally } from "../oracles/harm.ts";
import { decoded } from "./group.ts";
import type { Decoder, Group } from "./group.ts";

const corpus = [...records.graph, ...records.graph, ...records.graph, ...records.graphParts, ...records.graphPart];
const decoder: Decoder<object> = {
  name: "decodeGraph",
  decode: decodeGraph,
  encode: encodeGraph,
  next: (graph, tally) => checkGraph(graph, tally),
};

/** What the bucket of graphs has: a graph, the list of its parts, or one of these. */
export const graphGroup: Group = {
  name: "graphs",
  make: (random) => mutated(corpus, random),
  read(value, tally) {
    const keys = tried(tally, "graphPartKeys", [], () => graphPartKeys(value))?.value;
    if (keys !== undefined) {
      const parts = keys.map((key) => inParts.parts.get(key));
      tried(tally, "joinGraph", [], () => decodeGraph(joinGraph(value, parts)));
    }
    tried(tally, "joinGraph", [], () =>
      joinGraph(
        inParts.list,
        [...inParts.parts.keys()].map(() => value),
      ),
    );
    decoded(decoder, value, tally);
  },
};

/** A graph that nothing is wrong with can be planned, drawn and stored; one with problems is refused. */
function checkGraph(stored: object, tally: Tally): void {
  if (graphProblems(stored).length > 0) {
    tally.refused++;
    return;
  }
  const graph = stored as WorkflowGraph;
  const hash = graphHash(graph);
  ensure(soundGraph(hash, stored) === graph, "a graph is not what it was");
  ensure(
    graphHash(decodeGraph(encodeGraph(graph)) as WorkflowGraph) === hash,
    "a graph has another hash when it is stored",
  );
  tried(tally, "planGraph", [], () => planGraph(hash, graph));
  toMermaid(graph);
  toDot(graph);
  for (const node of graph.nodes) for (const [, level] of levelsOf(node)) edgesOf(level);
}
