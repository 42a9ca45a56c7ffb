import { levelsOf, stepDefaults } from "@arpeggio/core";
import type { CompiledWorkflow, Graph, TaskDefinition } from "@arpeggio/core";
import type { TaskSource } from "./worker-options.ts";
import type { TaskPlace } from "./worker.ts";

/** What a worker needs in order to run a canvas. */
export interface CanvasNeeds {
  /** Tasks whose code the canvas brings along. */
  readonly tasks: readonly TaskSource[];
  /** Where its nodes are sent, for runs whose defaults name no queue. */
  readonly places: readonly TaskPlace[];
  /** Tasks of nodes for which a queue in the defaults of a run counts. */
  readonly tasksWithoutQueue: readonly string[];
}

const known = new WeakMap<CompiledWorkflow, CanvasNeeds>();

/** Walks the graph once for each compiled canvas. */
export function needsOf(workflow: CompiledWorkflow): CanvasNeeds {
  let needs = known.get(workflow);
  if (needs === undefined) {
    needs = { tasks: tasksOf(workflow), ...placesIn(workflow.graph) };
    known.set(workflow, needs);
  }
  return needs;
}

function tasksOf(workflow: CompiledWorkflow): readonly TaskSource[] {
  const definitions: readonly TaskDefinition[] = [...workflow.tasks.values()];
  return definitions.filter(({ handler }) => handler !== undefined).map((definition) => ({ definition }));
}

function placesIn(graph: Graph): Pick<CanvasNeeds, "places" | "tasksWithoutQueue"> {
  const places = new Map<string, TaskPlace>();
  const tasksWithoutQueue = new Set<string>();
  const open: Graph[] = [graph];
  for (let level = open.pop(); level !== undefined; level = open.pop()) {
    for (const node of level.nodes) {
      for (const [, inner] of levelsOf(node)) open.push(inner);
      if (node.kind !== "task") continue;
      const { task, options } = node;
      const queue = options?.queue ?? stepDefaults.queue;
      if (options?.queue === undefined) tasksWithoutQueue.add(task);
      places.set(`${task} ${queue}`, { task, queue });
    }
  }
  return { places: [...places.values()], tasksWithoutQueue: [...tasksWithoutQueue] };
}
