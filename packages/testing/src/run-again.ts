import type { ReplayedNode, ReplayedRun } from "@arpeggio/coordinator";

/** What of a run its dependents can be worked out from. */
export type PlacedRun = Pick<ReplayedRun, "nodes" | "placesOf" | "needsOf">;

/** Of a round of a loop, or of an item. */
const NUMBERED = /^(.*)\[(\d+)\]$/s;
/** Parts that deal with how the rest of their node has ended. */
const HANDLER = /!(?!otherwise|replaced)/;

/**
 * What of a run has to run again from a place in it on: all in that place, all that it lies in, and whatever depends on one of
 * these. Worked out from the nodes of the run and what each of them needs.
 */
export class RunAgain {
  /** The place, and all that it lies in. */
  readonly #around: ReadonlySet<string>;
  /** What runs again with everything in it. */
  readonly #whole = new Set<string>();
  /** Loops, with the round that runs again as the first. */
  readonly #rounds = new Map<string, number>();
  readonly #numbers = new Map<string, number>();
  readonly #nodes: readonly ReplayedNode[];
  readonly #dependents = new Map<number, number[]>();

  /** @param from a node, an item, a round or a branch */
  constructor(run: PlacedRun, from: string) {
    const nodes = run.nodes();
    this.#nodes = nodes;
    let around: readonly string[] = [];
    for (const [number, { path }] of nodes.entries()) {
      this.#numbers.set(path, number);
      for (const need of run.needsOf(number))
        this.#dependents.set(need, [...(this.#dependents.get(need) ?? []), number]);
      const places = run.placesOf(number);
      if (around.length === 0) around = places.slice(0, places.indexOf(from) + 1);
    }
    this.#around = new Set(around);
    if (around.length === 0) return;
    this.#whole.add(from);
    for (const [i, place] of around.entries()) {
      for (const path of this.after(place)) this.#whole.add(path);
      const [, loop = "", round] = NUMBERED.exec(place) ?? [];
      const owner = this.#numbers.get(loop);
      const isRound = around[i - 1] === loop && owner !== undefined && nodes[owner]?.kind === "loop";
      if (isRound) this.#rounds.set(loop, Number(round));
    }
  }

  /** Whether the run has the place at all. */
  get isKnown(): boolean {
    return this.#around.size > 0;
  }

  /** @param places all that something lies in, the outermost first and its own last */
  has(places: readonly string[]): boolean {
    const own = places.at(-1);
    if (own === undefined) return false;
    return this.#around.has(own) || places.some((place) => this.#whole.has(place) || this.#comesAfter(place));
  }

  /** The paths of all that depends on a node, directly or through others. */
  after(path: string): ReadonlySet<string> {
    const found = new Set<string>();
    const waiting = [this.#numbers.get(path)];
    for (let node = waiting.pop(); node !== undefined; node = waiting.pop())
      for (const dependent of this.#dependents.get(node) ?? []) {
        const { path: one } = this.#nodes[dependent] ?? {};
        if (one === undefined || found.has(one)) continue;
        found.add(one);
        waiting.push(dependent);
      }
    return found;
  }

  /** Whether a place is a later round, or deals with how something has ended that runs again. */
  #comesAfter(place: string): boolean {
    const [, loop = "", round] = NUMBERED.exec(place) ?? [];
    const first = this.#rounds.get(loop);
    if (first !== undefined && Number(round) > first) return true;
    const at = place.search(HANDLER);
    return at >= 0 && this.#around.has(place.slice(0, at)) && !this.#around.has(place);
  }
}
