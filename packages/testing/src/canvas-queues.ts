import type { RunOptions } from "@arpeggio/client";
import { compile, stepDefaults } from "@arpeggio/core";
import type { AnyCanvas, Graph } from "@arpeggio/core";

/** Every queue that an attempt of a run of the canvas may be sent to. */
export function queuesIn(canvas: AnyCanvas, options: RunOptions | undefined): readonly string[] {
  const fallback = options?.defaults?.queue ?? stepDefaults.queue;
  const queues = new Set<string>([fallback]);
  const open: Graph[] = [compile(canvas).graph];
  for (let level = open.pop(); level !== undefined; level = open.pop()) {
    for (const node of level.nodes) {
      if (node.kind === "map") open.push(node.body);
      else queues.add(node.options?.queue ?? fallback);
    }
  }
  return [...queues];
}
