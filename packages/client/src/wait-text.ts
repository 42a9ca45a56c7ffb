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
      return waker.letter === undefined
        ? describeQueue(waker.task, waker.queue, workers)
        : describeLetter(waker.letter);
    case "timer":
      return `waits for ${timerNames[waker.what]} at ${new Date(waker.dueAtMs).toISOString()}`;
    case "items":
      return `${waker.ended} of ${waker.total} items have ended`;
    case "parts":
      return `${waker.ended} of ${waker.total} parts have ended`;
    case "signal":
      return `waits for the signal '${waker.signal}'`;
    case "resume":
      return "waits until the run is resumed";
    case "evaluation":
      return "waits for the coordinator to evaluate an expression";
  }
}

const timerNames = {
  retry: "its next attempt",
  timeout: "its timeout",
  begin: "its beginning",
  round: "its next round",
};

function describeQueue(task: string, queue: string, workers: LiveWorkers | undefined): string {
  if (workers === undefined || workers.canRun(task, queue)) return `waits for a free worker (queue '${queue}')`;
  return `no worker knows task '${task}' (queue '${queue}')`;
}

function describeLetter(letter: string): string {
  const requeue = `'arpeggio dead-letters requeue ${letter}' of a release that can read it`;
  return `its message could not be read and was set aside; it is queued anew in a few minutes, or at once by ${requeue}`;
}

function listed(nodes: readonly string[]): string {
  const shown = nodes.slice(0, NODES_SHOWN).join(", ");
  return nodes.length > NODES_SHOWN ? `${shown} and ${nodes.length - NODES_SHOWN} more` : shown;
}
