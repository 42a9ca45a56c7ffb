import type { ReplayedNode, ReplayedRun } from "@arpeggio/coordinator";
import type { RunStarted, SignalReceived } from "@arpeggio/core";
import { SIGNAL } from "./canvas-composites.ts";

/** Each signal that a run has got, however often it comes, is taken once, and at once by a node that waits for it. */
export class SignalAudit {
  readonly #onWrong: (what: string) => void;
  /** Ids of the signals that runs have got; of those only that know no other signal, and do not go on with another run. */
  readonly #signals = new Map<string, Set<string>>();

  constructor(onWrong: (what: string) => void) {
    this.#onWrong = onWrong;
  }

  started({ run, redriveOf }: RunStarted): void {
    if (redriveOf === undefined && !this.#signals.has(run)) this.#signals.set(run, new Set());
  }

  received({ run, signal, id }: SignalReceived): void {
    if (signal === SIGNAL.name) this.#signals.get(run)?.add(id);
    else this.#signals.delete(run);
  }

  /** A message about the run is folded. */
  check({ id, outcome, waitingSignals }: ReplayedRun, nodes: readonly ReplayedNode[]): void {
    const ids = this.#signals.get(id);
    if (ids === undefined) return;
    const taken = nodes.filter(({ kind, state }) => kind === "signal" && state === "succeeded").length;
    if (taken > ids.size) this.#onWrong(`${id} has taken ${taken} signals and got ${ids.size}`);
    if (taken < ids.size && outcome === undefined && waitingSignals.length > 0)
      this.#onWrong(`${id} waits for a signal and has got ${ids.size}, of which ${taken} were taken`);
  }
}
