import type { OutcomeRecord } from "@arpeggio/core";
import type { Auditor } from "./auditor.ts";
import { isAmong } from "./canvas-ends.ts";
import type { Interventions } from "./interventions.ts";
import type { Course } from "./planned-run.ts";

/** A run that was started, and what it was started for. */
export interface StartedRun {
  readonly id: string;
  readonly course: Course;
  /** The run that it goes on with. */
  readonly redriveOf: string | undefined;
  readonly isCancelAsked: boolean;
}

/** Holds what runs have come to against what their canvases mean. */
export class ExpectedEnds {
  readonly #auditor: Auditor;
  readonly #interventions: Interventions;
  readonly #started: ReadonlyMap<string, StartedRun>;

  constructor(auditor: Auditor, interventions: Interventions, started: ReadonlyMap<string, StartedRun>) {
    this.#auditor = auditor;
    this.#interventions = interventions;
    this.#started = started;
  }

  /** What is wrong with the ends of all runs. */
  async check(): Promise<readonly string[]> {
    const found: string[] = [];
    for (const run of this.#started.values()) {
      const outcome = this.#auditor.replay.run(run.id)?.outcome;
      const wrong = outcome === undefined ? undefined : await this.#wrongIn(run, outcome);
      if (wrong !== undefined) found.push(`${run.id} ${wrong}`);
    }
    return found;
  }

  async #wrongIn(run: StartedRun, outcome: OutcomeRecord): Promise<string | undefined> {
    const { expected } = run.course;
    if (expected === undefined || this.#isOpen(run)) return undefined;
    const { ends, alsoCodes } = expected;
    switch (outcome.state) {
      case "cancelled":
        return run.isCancelAsked ? undefined : "is cancelled and nobody asked for it";
      case "failed": {
        const { code = "", message = "" } = outcome.failure ?? {};
        const isMeant = isAmong(ends, { failed: true }) || alsoCodes.includes(code);
        return isMeant ? undefined : `has failed with ${code}: ${message}`;
      }
      case "succeeded": {
        if (ends.every((end) => "failed" in end)) return "has succeeded and had to fail";
        const isMeant = isAmong(ends, { value: await this.#auditor.valueOf(outcome) });
        return isMeant ? undefined : "has come to another value than it means";
      }
    }
  }

  /**
   * Whether something has happened to the run that its meaning does not have. A cancelled node counts as failed, and one at the top
   * cancels the run. What a run whose end is lost is at, the log does not say. A settled item may have met a timeout, and what comes after it another value. A redrive may keep such a value.
   */
  #isOpen({ id, course, redriveOf }: StartedRun): boolean {
    const { expected } = course;
    if (this.#interventions.nodeCancelled.has(id) || this.#auditor.hasLost(id)) return true;
    if (expected !== undefined && this.#auditor.hasFailedWith(id, expected.alsoCodes)) return true;
    const before = redriveOf === undefined ? undefined : this.#started.get(redriveOf);
    return before !== undefined && this.#isOpen(before);
  }
}
