import { failureFields, readRunFailure } from "./failure-codec.ts";
import { bytes, choice, count, entries, labels, list, moment, optional, text } from "./record-fields.ts";
import type { Fields } from "./record-fields.ts";
import { decodeRecord, encodeRecord, recordKinds } from "./record-kinds.ts";
import type { OutcomeRecord } from "./records.ts";

const outcomeStates = ["succeeded", "failed", "cancelled"] as const;

/** The value of the `results` bucket. */
export function encodeOutcome(outcome: OutcomeRecord): Uint8Array {
  const { run, workflow, graph, state, startedAtMs, endedAtMs, counts, value, failure } = outcome;
  return encodeRecord(recordKinds.outcome, [
    run,
    workflow,
    graph,
    state,
    startedAtMs,
    endedAtMs,
    counts,
    value,
    failure && failureFields(failure),
    outcome.labels,
    outcome.named,
    outcome.firstSequence,
    outcome.lastSequence,
    outcome.redriveOf,
    outcome.blobs,
  ]);
}

/** Takes the whole value. The payload is a view of it. @throws {@link RecordUndecodableError} */
export function decodeOutcome(value: Uint8Array): OutcomeRecord {
  return decodeRecord(value, recordKinds.outcome, readOutcome);
}

function readOutcome(fields: Fields): OutcomeRecord {
  // Properties are added one by one: copying objects with numbers in them is most of what reading an outcome would cost.
  const outcome: { -readonly [K in keyof OutcomeRecord]: OutcomeRecord[K] } = {
    run: text(fields[0]),
    workflow: text(fields[1]),
    graph: text(fields[2]),
    state: choice(fields[3], outcomeStates),
    startedAtMs: moment(fields[4]),
    endedAtMs: moment(fields[5]),
    // Unknown names are kept: a newer writer may count a state that this release does not have.
    counts: entries(fields[6], count),
  };
  const value = optional(fields[7], bytes);
  const failure = optional(fields[8], readRunFailure);
  const given = optional(fields[9], labels);
  const named = optional(fields[10], readNamed);
  const firstSequence = optional(fields[11], count);
  const lastSequence = optional(fields[12], count);
  const redriveOf = optional(fields[13], text);
  const blobs = optional(fields[14], readKeys);
  if (value !== undefined) outcome.value = value;
  if (failure !== undefined) outcome.failure = failure;
  if (given !== undefined) outcome.labels = given;
  if (named !== undefined) outcome.named = named;
  if (firstSequence !== undefined) outcome.firstSequence = firstSequence;
  if (lastSequence !== undefined) outcome.lastSequence = lastSequence;
  if (redriveOf !== undefined) outcome.redriveOf = redriveOf;
  if (blobs !== undefined) outcome.blobs = blobs;
  return outcome;
}

function readKeys(field: unknown): string[] {
  return list(field, text);
}

function readNamed(field: unknown): Record<string, Uint8Array> {
  return entries(field, bytes);
}
