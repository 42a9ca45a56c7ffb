import type { Lost } from "./lossy-stores.ts";

/**
 * What the broker has lost, and which runs that may have changed: what those are at, nobody can say from what is left.
 *
 * A run that is only short of a graph or a blob is there all the same, and ends.
 */
export class Losses {
  /** Runs of which an event, a state or an outcome is lost. */
  readonly #torn = new Set<string>();
  /** Those of them that may be gone although their starts are kept: their last states or outcomes are lost. */
  readonly #loose = new Set<string>();
  /** Runs of which a graph or a blob is lost. */
  readonly #short = new Set<string>();
  /** Which runs have begun on a graph, or gone on with it. */
  readonly #runsOn = new Map<string, Set<string>>();
  /** Graphs that are lost, and that nobody has stored again. */
  readonly #graphs = new Set<string>();

  /** Runs of which something is lost. */
  get all(): Iterable<string> {
    return new Set([...this.#torn, ...this.#short]);
  }

  has(run: string): boolean {
    return this.#torn.has(run) || this.#short.has(run);
  }

  /** Whether nothing is lost of the run but a graph or blobs. */
  isOnlyShort(run: string): boolean {
    return this.#short.has(run) && !this.#torn.has(run);
  }

  mayBeGone(run: string): boolean {
    return this.#loose.has(run);
  }

  /** The log has lost an event of the run. */
  noteEvent(run: string): void {
    this.#torn.add(run);
  }

  /** A run begins on a graph, or goes on with it. */
  noteUse(run: string, graph: string): void {
    const runs = this.#runsOn.get(graph) ?? new Set();
    this.#runsOn.set(graph, runs.add(run));
    if (this.#graphs.has(graph)) this.#short.add(run);
  }

  noteGraph(graph: string): void {
    this.#graphs.delete(graph);
  }

  /** Stores have lost their last changes. @param onOutcomeLost told of each run whose outcome is among them */
  note({ keys, blobs }: Lost, onOutcomeLost: (run: string) => void): void {
    for (const key of keys.results) {
      const run = key.slice(0, key.lastIndexOf("."));
      this.#torn.add(run);
      this.#loose.add(run);
      onOutcomeLost(run);
    }
    for (const key of keys.runs) {
      const run = key.slice(key.indexOf(".") + 1);
      this.#torn.add(run);
      this.#loose.add(run);
    }
    for (const graph of keys.graphs) {
      this.#graphs.add(graph);
      for (const run of this.#runsOn.get(graph) ?? []) this.#short.add(run);
    }
    for (const key of blobs) {
      const [run, name] = key.split("/", 2) as [string, string];
      if (!isMadeAnew(name)) this.#short.add(run);
    }
  }
}

/** Whether what a blob had is worked out again from the log: states, and what was told of runs that have ended. */
function isMadeAnew(name: string): boolean {
  return name.startsWith("state-") || name.startsWith("past-");
}
