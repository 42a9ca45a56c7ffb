import type { Waker } from "@arpeggio/core";
import type { LiveWorkers } from "./live-workers.ts";

const NODES_SHOWN = 3;

/** In words: what a node waits for. */
export function describeWait(waker: Waker, workers: LiveWorkers | undefined): string {
  switch (waker.kind) {
    case "nodes":
      // Nothing is missing for the first nodes of a map's item, which begins when fewer are under way.
      if (waker.nodes.length === 0) return "waits until fewer attempts of the run are under way";
      return `waits for ${listed(waker.nodes)}`;
    case "worker":
      return describeQueue(waker.task, waker.queue, workers);
    case "timer": {
      const due = new Date(waker.dueAtMs).toISOString();
      return waker.what === "retry" ? `waits for its next attempt at ${due}` : `waits for its timeout at ${due}`;
    }
    case "items":
      return `${waker.ended} of ${waker.total} items have ended`;
    case "evaluation":
      return "waits for the coordinator to evaluate an expression";
  }
}

function describeQueue(task: string, queue: string, workers: LiveWorkers | undefined): string {
  if (workers === undefined || workers.canRun(task, queue)) return `waits for a free worker (queue '${queue}')`;
  return `no worker knows task '${task}' (queue '${queue}')`;
}

function listed(nodes: readonly string[]): string {
  const shown = nodes.slice(0, NODES_SHOWN).join(", ");
  return nodes.length > NODES_SHOWN ? `${shown} and ${nodes.length - NODES_SHOWN} more` : shown;
}
