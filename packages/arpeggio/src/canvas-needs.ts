import { stepDefaults } from "@arpeggio/core";
import type { CompiledWorkflow, Graph, TaskDefinition } from "@arpeggio/core";

/** What a worker needs in order to run a canvas. */
export interface CanvasNeeds {
  /** Tasks whose code the canvas brings along. */
  readonly tasks: readonly { readonly definition: TaskDefinition }[];
  /** The queues that its nodes name, the default one included where a node names none. */
  readonly queues: readonly string[];
}

const known = new WeakMap<CompiledWorkflow, CanvasNeeds>();

/** Walks the graph once for each compiled canvas. */
export function needsOf(workflow: CompiledWorkflow): CanvasNeeds {
  let needs = known.get(workflow);
  if (needs === undefined) {
    const tasks = [...workflow.tasks.values()]
      .filter((definition) => definition.handler !== undefined)
      .map((definition) => ({ definition }));
    needs = { tasks, queues: [...queuesOf(workflow.graph)] };
    known.set(workflow, needs);
  }
  return needs;
}

function queuesOf(graph: Graph): Set<string> {
  const queues = new Set<string>();
  const open: Graph[] = [graph];
  for (let level = open.pop(); level !== undefined; level = open.pop()) {
    for (const node of level.nodes) {
      if (node.kind === "map") open.push(node.body);
      else queues.add(node.options?.queue ?? stepDefaults.queue);
    }
  }
  return queues;
}
