import { checkedOptions, isArpeggioError, OptionInvalidError } from "@arpeggio/core";
import type { OutcomeRecord, Transport } from "@arpeggio/core";
import type { ProcessHold } from "./process-hold.ts";
import { checkedFilter, listRuns } from "./run-list.ts";
import type { RunFilter, RunList, RunListOptions, RunSummary } from "./run-list.ts";
import type { RunCancelOptions, RunHandle } from "./run-handle.ts";
import type { RunStatus } from "./run-status.ts";
import { whileOpen } from "./while-open.ts";

/** Many runs at once. See docs/guide/control.md for what each costs. */
export interface Runs {
  /**
   * Runs, newest first. Those that have not ended are asked for at the coordinators, one question for each partition; for those
   * that have, every stored result is read. With `state: "running"` or `"paused"` no result is read. Where there are more,
   * `next` of the list is what to give as `after`.
   *
   * @throws OptionInvalidError
   * @throws NoAnswerError when a partition has no coordinator, and runs that have not ended are meant.
   */
  list(options?: RunListOptions): Promise<RunList>;
  /** One run as it stands; the same as `attach(id).status()`. @throws RunNotFoundError */
  get(id: string): Promise<RunStatus>;
  /**
   * Cancels the runs that are meant and have not ended, and waits for their ends; at least one condition is needed. Runs that
   * start meanwhile are not cancelled.
   *
   * @throws OptionInvalidError, NoAnswerError
   */
  cancel(filter: RunFilter & RunLimit, options?: RunCancelOptions): Promise<BulkOutcome>;
  /**
   * Goes on with the runs that are meant and have failed or were cancelled, each as a new run; at least one condition is needed.
   * With `from`, `state: "succeeded"` means those that succeeded.
   *
   * @throws OptionInvalidError
   */
  redrive(filter: RunFilter & RunLimit, options?: { readonly from?: string }): Promise<BulkOutcome>;
}

export interface RunLimit {
  /** How many runs at most, the newest. @defaultValue `1_000` */
  readonly limit?: number;
}

/** What became of each run of a call that is about many. */
export interface BulkOutcome {
  readonly done: readonly {
    readonly id: string;
    /** Of a cancel: how it ended. */
    readonly state?: OutcomeRecord["state"];
    /** Of a redrive: the new run. */
    readonly redrivenAs?: string;
  }[];
  readonly failed: readonly { readonly id: string; readonly code: string; readonly message: string }[];
  /** False where more runs were meant than the limit has room for: call it again. */
  readonly isWhole: boolean;
}

/** What is asked of many runs is asked of so many at a time. */
const SIDE_BY_SIDE = 16;
const LIMIT = 1_000;

export interface RunsServices {
  readonly transport: Transport;
  readonly hold: ProcessHold;
  readonly isClosed: () => boolean;
  attach(id: string): RunHandle<unknown>;
  redrive(id: string, options: { readonly from?: string }): Promise<RunHandle<unknown>>;
}

export class StoredRuns implements Runs {
  readonly #services: RunsServices;

  constructor(services: RunsServices) {
    this.#services = services;
  }

  async list(options: RunListOptions = {}): Promise<RunList> {
    return this.#list("the options of runs.list()", options);
  }

  get(id: string): Promise<RunStatus> {
    return this.#services.attach(id).status();
  }

  async cancel(filter: RunFilter & RunLimit, options: RunCancelOptions = {}): Promise<BulkOutcome> {
    const { runs, isWhole } = await this.#meant("the filter of runs.cancel()", filter, ["running", "paused"]);
    return forEach(runs, isWhole, async ({ id }) => {
      return { id, state: await this.#services.attach(id).cancel(options) };
    });
  }

  async redrive(filter: RunFilter & RunLimit, options: { readonly from?: string } = {}): Promise<BulkOutcome> {
    checkedOptions("the options of runs.redrive()", options, ["from"]);
    const isAgain = options.from !== undefined && filter.state === "succeeded";
    const states = isAgain ? (["succeeded"] as const) : (["failed", "cancelled"] as const);
    const { runs, isWhole } = await this.#meant("the filter of runs.redrive()", filter, states);
    return forEach(runs, isWhole, async ({ id }) => {
      return { id, redrivenAs: (await this.#services.redrive(id, options)).id };
    });
  }

  async #list(what: string, options: RunListOptions): Promise<RunList> {
    const { transport, hold, isClosed } = this.#services;
    const filter = checkedFilter(what, options, transport.clock.now());
    return whileOpen(isClosed, () => hold.during(() => listRuns(transport, filter)));
  }

  /** Of the runs that are meant, those in one of these states. */
  async #meant(what: string, filter: RunFilter & RunLimit, states: readonly RunSummary["state"][]): Promise<RunList> {
    const { limit = LIMIT, state } = filter;
    if (filter.workflow === undefined && filter.label === undefined && filter.since === undefined)
      throw new OptionInvalidError("filter", filter, "a workflow, label or since: not all runs at once");
    if (state !== undefined && !states.includes(state))
      throw new OptionInvalidError("state", state, states.join(" or "));
    const wanted = state === undefined ? states : [state];
    const lists = await Promise.all(wanted.map((one) => this.#list(what, { ...filter, limit, state: one })));
    const runs = lists.flatMap((list) => list.runs);
    return { runs: runs.slice(0, limit), isWhole: runs.length <= limit && lists.every((list) => list.isWhole) };
  }
}

async function forEach(
  runs: readonly RunSummary[],
  isWhole: boolean,
  act: (run: RunSummary) => Promise<BulkOutcome["done"][number]>,
): Promise<BulkOutcome> {
  const done: BulkOutcome["done"][number][] = [];
  const failed: BulkOutcome["failed"][number][] = [];
  const left = [...runs];
  const lane = async (): Promise<void> => {
    for (let run = left.shift(); run !== undefined; run = left.shift()) {
      try {
        done.push(await act(run));
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        failed.push({ id: run.id, code: isArpeggioError(error) ? error.code : "UNKNOWN", message });
      }
    }
  };
  await Promise.all(Array.from({ length: SIDE_BY_SIDE }, lane));
  return { done, failed, isWhole };
}
