import { deeply, nodesReadBy, readsOf, SortedTexts } from "@arpeggio/core";
import type { DeepCall, DoneNode, Graph, GraphNode } from "@arpeggio/core";
import { Definitions, headerOf, innerLevelsOf } from "./node-definition.ts";
import type { InnerLevel } from "./node-definition.ts";
import { placesOf } from "./node-places.ts";

/** What is redriven: what the old run did, and on which graph the new one runs. */
export interface RedriveCase {
  readonly before: Graph;
  readonly after: Graph;
  /** What has succeeded in the old run. */
  readonly done: readonly DoneNode[];
  /** The paths of what has failed in it. */
  readonly failed: readonly string[];
  /** This node runs again, and all that comes after it. */
  readonly from: string | undefined;
}

/** Paths of nodes. */
export interface RedrivePaths {
  /** Not run again: their results are taken over. */
  readonly kept: readonly string[];
  /** Run, again or for the first time. */
  readonly rerun: readonly string[];
  /** Only in the new graph. */
  readonly new: readonly string[];
  /** Only in the old graph. */
  readonly gone: readonly string[];
}

/**
 * Which results a new run takes over. A node keeps its result if its definition is the same, and everything that it needs keeps
 * its own; one whose result was let go runs again where somebody who runs again reads it, and then all that needs it.
 */
export function planRedrive(given: RedriveCase): RedrivePaths {
  const planner = new RedrivePlanner(given);
  deeply(planner.level(given.after, given.before, "", { isInputKept: true, isForced: false }));
  return planner.paths();
}

/** What holds for a whole level. */
interface LevelCase {
  /** Whether what comes into it is what came in before. */
  readonly isInputKept: boolean;
  /** Whether all of it is asked to run again. */
  readonly isForced: boolean;
}

class RedrivePlanner {
  readonly #given: RedriveCase;
  readonly #definitions = new Definitions();
  readonly #done: ReadonlyMap<string, DoneNode>;
  /** All paths of the old run, sorted, so that those with one beginning stand together. */
  readonly #sorted: SortedTexts;
  /** Everything that has to run again because it holds what is asked to. */
  readonly #around: ReadonlySet<string>;
  readonly #kept: string[] = [];
  readonly #rerun: string[] = [];
  readonly #new: string[] = [];
  readonly #gone: string[] = [];

  constructor(given: RedriveCase) {
    this.#given = given;
    this.#done = new Map(given.done.map((one) => [one.node, one]));
    this.#sorted = new SortedTexts([...this.#done.keys(), ...given.failed]);
    const { before, after, from } = given;
    this.#around = new Set(from === undefined ? [] : [before, after].flatMap((graph) => [...placesOf(graph, from)]));
  }

  paths(): RedrivePaths {
    return { kept: this.#kept, rerun: this.#rerun, new: this.#new, gone: this.#gone };
  }

  /** @returns whether everything on the level is kept. */
  *level(after: Graph, before: Graph | undefined, prefix: string, whole: LevelCase): DeepCall<boolean> {
    const old = new Map(before?.nodes.map((node) => [node.id, node]));
    const kept = whole.isForced ? new Set<string>() : this.#keptOn(after, old, prefix, whole.isInputKept);
    for (const node of after.nodes) {
      const path = prefix + node.id;
      if (kept.has(node.id)) this.#kept.push(path);
      else {
        (old.has(node.id) ? this.#rerun : this.#new).push(path);
        const isForced = whole.isForced || path === this.#given.from;
        const isReady = whole.isInputKept && node.needs.every((need) => kept.has(need));
        if (isReady && !isForced) yield this.#inside(node, old.get(node.id), path);
      }
    }
    const ids = new Set(after.nodes.map(({ id }) => id));
    for (const id of old.keys()) if (!ids.has(id)) this.#gone.push(prefix + id);
    return kept.size === after.nodes.length;
  }

  #keptOn(after: Graph, old: ReadonlyMap<string, GraphNode>, prefix: string, isInputKept: boolean): Set<string> {
    const refused = new Set<string>();
    for (;;) {
      const kept = new Set<string>();
      for (const node of after.nodes) {
        const before = old.get(node.id);
        const path = prefix + node.id;
        const isDone = isInputKept && before !== undefined && this.#done.has(path) && !refused.has(node.id);
        if (!isDone || this.#around.has(path) || !node.needs.every((need) => kept.has(need))) continue;
        if (this.#definitions.isSameNode(node, before)) kept.add(node.id);
      }
      const lost = this.#lostFor(after, kept, prefix);
      if (lost.length === 0) return kept;
      for (const id of lost) refused.add(id);
    }
  }

  /** What would be kept and has no result, although somebody is going to read it. */
  #lostFor(after: Graph, kept: ReadonlySet<string>, prefix: string): readonly string[] {
    const read = new Set<string>(nodesReadBy(after.output));
    for (const node of after.nodes) {
      if (kept.has(node.id)) continue;
      for (const expr of readsOf(node)) for (const id of nodesReadBy(expr)) read.add(id);
    }
    return [...read].filter((id) => kept.has(id) && this.#done.get(prefix + id)?.value === undefined);
  }

  /** A node that runs again, and of whose parts some may be kept. */
  *#inside(node: GraphNode, before: GraphNode | undefined, path: string): DeepCall<void> {
    if (before === undefined || headerOf(node) !== headerOf(before)) return;
    const olds = new Map(innerLevelsOf(before).map((inner) => [inner.mark, inner.level]));
    for (const inner of innerLevelsOf(node)) {
      const old = olds.get(inner.mark);
      if (old !== undefined) yield this.#parts(node, inner, old, path);
    }
  }

  *#parts(node: GraphNode, { mark, level }: InnerLevel, old: Graph, path: string): DeepCall<void> {
    const isSame = this.#definitions.isSameLevel(level, old);
    const { from } = this.#given;
    if (mark !== "[") {
      const part = path + mark.slice(0, -1);
      // The part of a scope has no name of its own.
      if (part !== path && isSame && this.#isDone(part)) this.#kept.push(part);
      else if (this.#sorted.hasBeginning(path + mark))
        yield this.level(level, old, path + mark, { isInputKept: true, isForced: part === from });
      return;
    }
    // In a loop, a round has the same input only if the one before it is kept whole.
    let isInputKept = true;
    for (const number of this.#numbersAt(path)) {
      const part = `${path}[${number}]`;
      const isDone: boolean = isSame && isInputKept && this.#isDone(part);
      if (isDone) this.#kept.push(part);
      const whole: LevelCase = { isInputKept, isForced: part === from };
      const isKept: boolean = isDone || ((yield this.level(level, old, `${part}/`, whole)) as boolean);
      if (node.kind === "loop") isInputKept &&= isKept;
    }
  }

  /** Whether an item or branch has a result that may be taken over. */
  #isDone(part: string): boolean {
    return this.#done.get(part)?.value !== undefined && !this.#around.has(part);
  }

  /** The numbers of the items or rounds of a node of which something is known, in order. */
  #numbersAt(path: string): readonly number[] {
    const numbers: number[] = [];
    const before = `${path}[`;
    for (let i = this.#sorted.placeOf(before); this.#sorted.at(i)?.startsWith(before) === true;) {
      const [number] = NUMBER.exec((this.#sorted.at(i) as string).slice(before.length)) ?? [];
      if (number !== undefined) numbers.push(Number(number));
      // Behind everything inside of it, of which there may be much. What is no item's path is passed over.
      i = number === undefined ? i + 1 : this.#sorted.placeOf(`${before}${number}]${BEHIND_ALL}`);
    }
    return numbers.toSorted((a, b) => a - b);
  }
}

/** Of an item or round, up to its bracket. */
const NUMBER = /^\d+(?=\])/;

/** Stands after whatever may follow a bracket in a path. */
const BEHIND_ALL = "\uffff";
