import { ABORT_REMEMBERED_MS } from "@arpeggio/core";
import type { AbortNotice } from "@arpeggio/core";

const RUNS_MAX = 20_000;
/** Of all these runs together. */
const NODES_MAX = 200_000;

interface Aborted {
  readonly atMs: number;
  readonly nodes: Set<number> | "all";
}

/**
 * What was aborted a short while ago, so that attempts that were already on their way are not begun. Only saves work:
 * the coordinator ignores the outcome of an aborted attempt in any case.
 */
export class AbortedRuns {
  readonly #now: () => number;
  /** In the order of the notices, oldest first. */
  readonly #runs = new Map<string, Aborted>();
  #nodeCount = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  note(notice: AbortNotice): void {
    const known = this.#forgotten(notice.run);
    if (notice.isTakenBack === true) return;
    const nodes = notice.nodes === undefined || known?.nodes === "all" ? "all" : (known?.nodes ?? new Set<number>());
    if (nodes !== "all") for (const node of notice.nodes ?? []) nodes.add(node);
    this.#runs.set(notice.run, { atMs: this.#now(), nodes });
    this.#nodeCount += countOf(nodes);
    this.#forget();
  }

  has(run: string, node: number): boolean {
    if (this.#runs.size === 0) return false;
    const nodes = this.#runs.get(run)?.nodes;
    return nodes !== undefined && (nodes === "all" || nodes.has(node));
  }

  #forget(): void {
    const before = this.#now() - ABORT_REMEMBERED_MS;
    for (const [run, { atMs }] of this.#runs) {
      if (atMs >= before && this.#runs.size <= RUNS_MAX && this.#nodeCount <= NODES_MAX) return;
      this.#forgotten(run);
    }
  }

  /** What was known of the run. */
  #forgotten(run: string): Aborted | undefined {
    const known = this.#runs.get(run);
    if (known === undefined) return undefined;
    this.#runs.delete(run);
    this.#nodeCount -= countOf(known.nodes);
    return known;
  }
}

function countOf(nodes: Set<number> | "all"): number {
  return nodes === "all" ? 0 : nodes.size;
}
