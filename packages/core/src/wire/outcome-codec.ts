import { readRunFailure, writeRunFailure } from "./failure-codec.ts";
import type { MsgpackWriter } from "./msgpack-writer.ts";
import { readCounts } from "./control-codec.ts";
import { decodeRecord, encodeRecord, recordKinds } from "./record-kinds.ts";
import type { RecordReader } from "./record-reader.ts";
import { writeCounts, writeLabels, writeOptionalBinary, writeOptionalRecord } from "./record-writing.ts";
import type { OutcomeRecord } from "./records.ts";

const outcomeStates = ["succeeded", "failed", "cancelled"] as const;

/** The value of the `results` bucket. */
export function encodeOutcome(outcome: OutcomeRecord): Uint8Array {
  return encodeRecord(recordKinds.outcome, outcome, writeOutcome);
}

/** Takes the whole value. The payload is a view of it. @throws {@link RecordUndecodableError} */
export function decodeOutcome(bytes: Uint8Array): OutcomeRecord {
  return decodeRecord(bytes, recordKinds.outcome, readOutcome);
}

/** `[run, workflow, graph, state, startedAtMs, endedAtMs, counts, value?, failure?, labels?]` */
function writeOutcome(writer: MsgpackWriter, outcome: OutcomeRecord): void {
  const { failure, labels } = outcome;
  const isPlain = failure === undefined && labels === undefined;
  writer.arrayHeader(isPlain ? 8 : 10);
  writer.string(outcome.run);
  writer.string(outcome.workflow);
  writer.string(outcome.graph);
  writer.string(outcome.state);
  writer.number(outcome.startedAtMs);
  writer.number(outcome.endedAtMs);
  writeCounts(writer, outcome.counts);
  writeOptionalBinary(writer, outcome.value);
  if (isPlain) return;
  writeOptionalRecord(writer, failure, writeRunFailure);
  writeOptionalRecord(writer, labels, writeLabels);
}

function readOutcome(reader: RecordReader): OutcomeRecord {
  const run = reader.string();
  const workflow = reader.name();
  const graph = reader.name();
  const state = reader.choice(outcomeStates);
  const startedAtMs = reader.number();
  const endedAtMs = reader.number();
  const counts = readCounts(reader);
  const value = reader.optionalBinary();
  const failure = reader.optionalRecord(readRunFailure);
  const labels = reader.optionalEntries((inner) => inner.string());
  return {
    run,
    workflow,
    graph,
    state,
    startedAtMs,
    endedAtMs,
    counts,
    ...(value === undefined ? {} : { value }),
    ...(failure === undefined ? {} : { failure }),
    ...(labels === undefined ? {} : { labels }),
  };
}
