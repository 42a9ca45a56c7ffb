import { NodeNameDuplicateError } from "../language/build-errors.ts";
import type { NameForm } from "../language/form.ts";
import { refExpr } from "./expression.ts";
import type { Expr } from "./expression.ts";
import type { Unplaced } from "./composite-node.ts";
import type { Graph, GraphNode } from "./graph.ts";

/** Where compilation stands between two steps: the value at hand, and what must have ended before the next step. */
export interface Point {
  readonly out: Expr;
  /** Ids of nodes; a step after this point needs all of them. */
  readonly ends: readonly string[];
}

/** The nodes of one level, as they are added; gives ids and needs. */
export class GraphLevel {
  readonly nodes: GraphNode[] = [];
  /** How many nodes began with this id. */
  readonly #uses = new Map<string, number>();
  readonly #named = new Map<string, NameForm>();
  readonly #place: string;

  /** `place` says in errors which level it is. */
  constructor(place: string) {
    this.#place = place;
  }

  /**
   * Adds a node after `ends`. Its id is its explicit name, else `base`, else its task or kind. What has a name is kept.
   *
   * @throws {@link NodeNameDuplicateError} where an explicit name is also another step's id. One canvas used twice is
   * no such case: its second use is `name~2`, like that of a task.
   */
  add(node: Unplaced<GraphNode>, ends: readonly string[], name?: NameForm, base?: string): Point {
    const id = this.#idFor(name?.name ?? base ?? (node.kind === "task" ? node.task : node.kind), name);
    // What a step reads is always among what it comes after: nothing in the language reaches past the step before.
    this.nodes.push({ id, needs: ends, ...node, ...(name === undefined ? {} : { keep: true as const }) });
    return { out: refExpr(id), ends: [id] };
  }

  graph(output: Expr): Graph {
    return { nodes: this.nodes, output };
  }

  #idFor(base: string, name: NameForm | undefined): string {
    const uses = (this.#uses.get(base) ?? 0) + 1;
    if (uses > 1 && this.#named.get(base) !== name) throw new NodeNameDuplicateError(base, this.#place);
    if (name !== undefined) this.#named.set(base, name);
    this.#uses.set(base, uses);
    return uses === 1 ? base : `${base}~${uses}`;
  }
}

/**
 * The ends of a group: those of all its members. A member that added no node ends where the group began; that is
 * left out when another member did add one, as all those come after it anyway.
 */
export function joinedEnds(start: readonly string[], members: readonly Point[]): readonly string[] {
  const ends = new Set<string>();
  for (const member of members) {
    if (member.ends !== start) for (const end of member.ends) ends.add(end);
  }
  return ends.size === 0 ? start : [...ends];
}

/** Every end once. */
export function unionOf(parts: readonly (readonly string[])[]): readonly string[] {
  const [only, second] = new Set(parts);
  return second === undefined ? (only ?? []) : [...new Set(parts.flat())];
}
