import type { Graph } from "@arpeggio/core";
import { innerLevelsOf } from "./node-definition.ts";

/** A level that a path leads through, and where in the path it begins. */
interface Passage {
  readonly level: Graph;
  readonly at: number;
}

/** An item or a round. */
const NUMBER = /^\[\d+\]/;
/** What may follow a path in the path of something inside of it. */
const INNER = /[[./!]/g;

/**
 * The paths of everything that what a path names lies in, itself included: `map`, `map[3]` and `map[3]/image.resize`. Names may
 * have dots, so the text alone does not tell the branch `resize` of a node `image` from a node `image.resize`: the graph does.
 */
export function placesOf(graph: Graph, path: string): ReadonlySet<string> {
  const places = new Set<string>();
  const open: Passage[] = [{ level: graph, at: 0 }];
  for (let passage = open.pop(); passage !== undefined; passage = open.pop()) {
    const { level, at } = passage;
    for (const node of level.nodes) {
      if (!path.startsWith(node.id, at)) continue;
      const end = at + node.id.length;
      const rest = path.slice(end);
      const note = (chars: number) => places.add(path.slice(0, end + chars));
      if (rest === "") note(0);
      let isKnown = false;
      for (const { mark, level: inner } of innerLevelsOf(node)) {
        const part = mark === "[" ? NUMBER.exec(rest)?.[0] : mark.slice(0, -1);
        if (part === undefined || !rest.startsWith(part) || !["", "/"].includes(rest.charAt(part.length))) continue;
        if (rest === "") continue;
        isKnown = true;
        note(0);
        note(part.length);
        if (rest.length > part.length) open.push({ level: inner, at: end + part.length + 1 });
      }
      // A handler, or what a task has put in its own place, which the graph does not have.
      if (isKnown || !rest.startsWith("!")) continue;
      for (const { index } of rest.matchAll(INNER)) note(index);
      note(rest.length);
    }
  }
  return places;
}
