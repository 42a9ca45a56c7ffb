import type { RunOptions } from "@arpeggio/client";
import { compile, levelsOf, stepDefaults } from "@arpeggio/core";
import type { AnyCanvas, Graph } from "@arpeggio/core";

/** Every queue that an attempt of a run of the canvas may be sent to. */
export function queuesIn(canvas: AnyCanvas, options: RunOptions | undefined): readonly string[] {
  const fallback = options?.defaults?.queue ?? stepDefaults.queue;
  const queues = new Set<string>([fallback]);
  const open: Graph[] = [compile(canvas).graph];
  for (let level = open.pop(); level !== undefined; level = open.pop()) {
    for (const node of level.nodes) {
      for (const [, inner] of levelsOf(node)) open.push(inner);
      if (node.kind === "task") queues.add(node.options?.queue ?? fallback);
    }
  }
  return [...queues];
}
