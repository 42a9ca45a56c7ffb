import {
  checkedOptions,
  compareRunPlaces,
  decodeOutcome,
  durationMs,
  NoAnswerError,
  OptionInvalidError,
  runFailureOf,
} from "@arpeggio/core";
import type {
  Duration,
  OutcomeRecord,
  RunConditions,
  RunFailure,
  RunPlace,
  RunSummaryRecord,
  Transport,
} from "@arpeggio/core";
import { ANSWER_MS, askPartition } from "./owner.ts";
import { oneLabel } from "./run-control.ts";

/** How a run stands in a list. */
export type ListedState = "running" | "paused" | OutcomeRecord["state"];

/** Which runs are meant: all conditions must hold. */
export interface RunFilter {
  readonly workflow?: string;
  readonly state?: ListedState;
  /** One label, such as `{ tenant: "42" }`. */
  readonly label?: Readonly<Record<string, string>>;
  /** Only those that have started at this moment or later; a duration counts back from now. */
  readonly since?: Date | Duration;
}

export interface RunListOptions extends RunFilter {
  /** How many at most; the newest. @defaultValue `100` */
  readonly limit?: number;
  /** {@link RunList.next} of a list: goes on behind it, with the same conditions. */
  readonly after?: string;
}

/** One run in a list. */
export interface RunSummary {
  readonly id: string;
  readonly workflow: string;
  readonly state: ListedState;
  /** Milliseconds since 1970, by the event log's clock. */
  readonly startedAtMs: number;
  readonly endedAtMs?: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly failure?: RunFailure;
}

export interface RunList {
  /** Newest first. */
  readonly runs: readonly RunSummary[];
  /** False where more runs are meant than the limit, or a coordinator's answer, has room for. */
  readonly isWhole: boolean;
  /**
   * Where there are more: what to give as {@link RunListOptions.after} to have the next ones. Runs that have started meanwhile
   * come before it, so going on never tells a run twice, and misses none that is kept.
   */
  readonly next?: string;
}

const LIMIT = 100;
const LIMIT_MAX = 10_000;
/** `Date.now()` is no duration: as one, it would mean all runs that there ever were. */
const SINCE_MS_MAX = 20 * 365 * 24 * 3_600_000;
const STATES: readonly ListedState[] = ["running", "paused", "succeeded", "failed", "cancelled"];

export interface CheckedFilter extends RunConditions {
  readonly state?: ListedState;
  readonly limit: number;
}

/** @throws OptionInvalidError */
export function checkedFilter(what: string, options: RunListOptions, nowMs: number): CheckedFilter {
  const known = ["workflow", "state", "label", "since", "limit", "after"];
  const { workflow, state, label, since, limit = LIMIT, after } = checkedOptions(what, options, known);
  if (workflow !== undefined && typeof workflow !== "string")
    throw new OptionInvalidError("workflow", workflow, "the name of a workflow");
  if (state !== undefined && !STATES.includes(state)) throw new OptionInvalidError("state", state, STATES.join(", "));
  if (!Number.isSafeInteger(limit) || limit < 1 || limit > LIMIT_MAX)
    throw new OptionInvalidError("limit", limit, `a whole number from 1 to ${LIMIT_MAX}`);
  return {
    limit,
    ...(workflow === undefined ? {} : { workflow }),
    ...(state === undefined ? {} : { state }),
    ...(label === undefined ? {} : { label: oneLabel(label) }),
    ...(since === undefined ? {} : { sinceMs: momentOf(since, nowMs) }),
    ...(after === undefined ? {} : { after: placeIn(after) }),
  };
}

function placeIn(after: unknown): RunPlace {
  const [, startedAtMs, run] = (typeof after === "string" && /^(\d{1,15}(?:\.\d+)?):([\w-]{1,128})$/.exec(after)) || [];
  if (startedAtMs !== undefined && run !== undefined) return [Number(startedAtMs), run];
  throw new OptionInvalidError("after", after, "what a list says as `next`");
}

function placeOf({ startedAtMs, id }: RunSummary): RunPlace {
  return [startedAtMs, id];
}

function momentOf(since: Date | Duration, nowMs: number): number {
  if (!(since instanceof Date)) {
    const ms = durationMs("since", since);
    if (ms <= SINCE_MS_MAX) return nowMs - ms;
    throw new OptionInvalidError(
      "since",
      since,
      "a Date, or a duration that counts back from now, of at most 20 years",
    );
  }
  if (Number.isNaN(since.getTime())) throw new OptionInvalidError("since", since, "a valid date, or a duration");
  return since.getTime();
}

/**
 * Asks the owners of all partitions for the runs that have not ended, and reads every stored result for those that have.
 *
 * @throws NoAnswerError if a partition has no owner, and runs that have not ended are meant.
 */
export async function listRuns(transport: Transport, filter: CheckedFilter): Promise<RunList> {
  const { state, limit } = filter;
  const isActive = state === undefined || state === "running" || state === "paused";
  const isEnded = state === undefined || !isActive;
  // In this order: a run that ends between the two questions is found by both, and the other way round by neither.
  const active = isActive ? await activeRuns(transport, filter) : undefined;
  const ended = isEnded ? await endedRuns(transport, filter) : undefined;
  const endedIds = new Set(ended?.runs.map(({ id }) => id));
  const all = [...(ended?.runs ?? []), ...(active?.runs ?? []).filter(({ id }) => !endedIds.has(id))];
  const end = [active?.end, ended?.end].filter((one) => one !== undefined).toSorted(compareRunPlaces)[0];
  const known = end === undefined ? all : all.filter((run) => compareRunPlaces(placeOf(run), end) <= 0);
  const runs = newest(known, limit);
  const last = runs.at(-1);
  const isWhole = end === undefined && all.length <= limit;
  return isWhole || last === undefined ? { runs, isWhole } : { runs, isWhole, next: placeOf(last).join(":") };
}

/** Runs of some places of a list: of those behind `end`, not all are known. */
interface KnownRuns {
  readonly runs: readonly RunSummary[];
  readonly end: RunPlace | undefined;
}

async function activeRuns(transport: Transport, { state, limit, ...conditions }: CheckedFilter): Promise<KnownRuns> {
  const request = {
    type: "list",
    limit,
    ...conditions,
    ...(state === undefined ? {} : { isPaused: state === "paused" }),
  } as const;
  const partitions = Array.from({ length: transport.events.partitions }, (_, i) => i);
  const lists = await Promise.all(
    partitions.map(async (partition) => {
      const reply = await askPartition(transport, partition, request);
      if (reply?.type === "list") return reply;
      throw new NoAnswerError(`the coordinator of partition ${partition}`, ANSWER_MS);
    }),
  );
  // A message may have had no room for as many as were asked for.
  const ends = lists.flatMap(({ runs, isWhole }) => {
    const last = isWhole ? undefined : runs.at(-1);
    return last === undefined ? [] : [[last.startedAtMs, last.run] as const];
  });
  return {
    runs: lists.flatMap(({ runs }) => runs.map(summaryOfActive)),
    end: ends.toSorted(compareRunPlaces)[0],
  };
}

/** Keeps no more than twice the limit in memory at a time. */
async function endedRuns(transport: Transport, filter: CheckedFilter): Promise<KnownRuns> {
  const { limit } = filter;
  let found: RunSummary[] = [];
  let count = 0;
  for await (const { value } of transport.bucket("results").entries(">")) {
    let outcome: OutcomeRecord;
    try {
      outcome = decodeOutcome(value);
    } catch {
      continue; // whoever asks for this very run is told
    }
    if (!isMeant(outcome, filter)) continue;
    count++;
    found.push(summaryOfEnded(outcome));
    if (found.length >= limit * 2) found = newest(found, limit);
  }
  const runs = newest(found, limit);
  const last = count <= limit ? undefined : runs.at(-1);
  return { runs, end: last && placeOf(last) };
}

function isMeant(outcome: OutcomeRecord, { workflow, state, label, sinceMs, after }: CheckedFilter): boolean {
  if (after !== undefined && compareRunPlaces([outcome.startedAtMs, outcome.run], after) <= 0) return false;
  if (workflow !== undefined && outcome.workflow !== workflow) return false;
  if (state !== undefined && outcome.state !== state) return false;
  if (label !== undefined && outcome.labels?.[label[0]] !== label[1]) return false;
  return sinceMs === undefined || outcome.startedAtMs >= sinceMs;
}

function newest(runs: readonly RunSummary[], limit: number): RunSummary[] {
  return runs.toSorted((one, other) => compareRunPlaces(placeOf(one), placeOf(other))).slice(0, limit);
}

function summaryOfActive({ run, workflow, startedAtMs, labels = {}, paused }: RunSummaryRecord): RunSummary {
  return { id: run, workflow, state: paused === undefined ? "running" : "paused", startedAtMs, labels };
}

function summaryOfEnded(outcome: OutcomeRecord): RunSummary {
  const { run, workflow, state, startedAtMs, endedAtMs, labels = {}, failure } = outcome;
  const end = { startedAtMs, endedAtMs, labels, ...(failure === undefined ? {} : { failure: runFailureOf(failure) }) };
  return { id: run, workflow, state, ...end };
}
