import type { Graph } from "../graph/graph.ts";
import { elapsedMs } from "../transport/clock.ts";
import type { Transport } from "../transport/transport.ts";
import { encodeGraph } from "./graph-codec.ts";
import { storeGraph } from "./stored-graph.ts";

/** A server that loses power may lose what it has acknowledged, so that what was stored is stored again after this time. */
const KNOWN_MS = 60_000;

interface Known {
  readonly sinceMs: number;
  /** While it is being stored. */
  storing: Promise<void> | undefined;
}

/** Graphs that a process knows to be stored, so that it does not store them for each run. */
export class KnownGraphs {
  readonly #transport: Transport;
  readonly #countMax: number;
  /** By hash. */
  readonly #known = new Map<string, Known>();

  /** @param countMax canvases that are built for one run each have one each: those stored longest ago are forgotten */
  constructor(transport: Transport, countMax: number) {
    this.#transport = transport;
    this.#countMax = countMax;
  }

  /** Stores a graph; resolves when it is durable. Nothing where it is known to be. */
  store(hash: string, graph: Graph): Promise<void> | undefined {
    const nowMs = elapsedMs(this.#transport.clock);
    const before = this.#known.get(hash);
    if (before !== undefined && nowMs - before.sinceMs < KNOWN_MS) return before.storing;
    const known: Known = { sinceMs: nowMs, storing: undefined };
    known.storing = storeGraph(this.#transport, hash, encodeGraph(graph)).then(
      () => void (known.storing = undefined),
      (error: unknown) => {
        if (this.#known.get(hash) === known) this.#known.delete(hash);
        throw error;
      },
    );
    // Set anew, so that those stored longest ago stand first.
    this.#known.delete(hash);
    this.#known.set(hash, known);
    this.#forgetOldest();
    return known.storing;
  }

  /** It has turned out not to be stored. */
  forget(hash: string): void {
    this.#known.delete(hash);
  }

  #forgetOldest(): void {
    if (this.#known.size <= this.#countMax) return;
    const [oldest] = this.#known.keys();
    if (oldest !== undefined) this.#known.delete(oldest);
  }
}
