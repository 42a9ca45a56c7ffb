import { issuesText, jsonSchema, RecordUndecodableError, validateInput } from "@arpeggio/core";
import type { RunSnapshot } from "./run-snapshot.ts";

type Schema = Readonly<Record<string, unknown>>;

const text: Schema = { type: "string" };
const count: Schema = { type: "integer", minimum: 0, maximum: Number.MAX_SAFE_INTEGER };
const place: Schema = { type: "integer", minimum: -1, maximum: Number.MAX_SAFE_INTEGER };
const ms: Schema = { type: "number" };
const bytes: Schema = { "x-arpeggio": "bytes" };
const labels: Schema = { type: "object", additionalProperties: text };

function list(items: Schema): Schema {
  return { type: "array", items };
}

function tuple(...prefixItems: readonly Schema[]): Schema {
  return { type: "array", prefixItems, minItems: prefixItems.length };
}

function either(...anyOf: readonly Schema[]): Schema {
  return { anyOf };
}

function orNull(schema: Schema): Schema {
  return either(schema, { type: "null" });
}

function oneOf(...values: readonly string[]): Schema {
  return { enum: values };
}

/** Fields that are not known are those of a newer release. */
function object(required: Schema, optional: Schema = {}): Schema {
  return { type: "object", properties: { ...required, ...optional }, required: Object.keys(required) };
}

function mapOf(key: Schema, value: Schema): Schema {
  return list(tuple(key, value));
}

const error: Schema = { $ref: "#/$defs/error" };
const errorInfo = object({ name: text, message: text }, { code: text, stack: text, cause: error });
const nodeFailure = object({ code: text, message: text, node: text, attempt: count }, { task: text, cause: error });
const runFailure = object(
  { code: text, message: text, failures: list(nodeFailure) },
  { node: text, attempt: count, cause: error, partial: bytes },
);

const retry = object(
  { attempts: count, backoff: oneOf("fixed", "linear", "exponential"), delayMs: ms },
  { maxDelayMs: ms, jitter: { type: "boolean" }, on: list(text), notOn: list(text) },
);
const defaults = object({}, { queue: text, priority: count, timeoutMs: ms, retry, labels });
const start = object(
  { run: text, client: text, workflow: text, graph: text },
  { labels, timeoutMs: ms, defaults, redriveOf: text, kept: text },
);

const values = either(list(orNull(bytes)), object({ count, bytes }));
const roles = ["body", "onError", "recover", "finally", "undo", "branch", "case", "round", "replacement"];
const scope = object(
  {
    level: count,
    parentNode: place,
    parentScope: place,
    base: count,
    width: count,
    inputs: values,
    outputs: values,
    itemStates: either(bytes, list(count)),
    itemsLeft: count,
    begun: count,
  },
  { part: tuple(oneOf(...roles), count, orNull(text)), graph: text },
);

const composite = object(
  {
    parts: list(count),
    phase: oneOf("body", "onError", "recover", "finally", "undo"),
    order: count,
    round: count,
    ended: count,
    failed: count,
  },
  {
    input: bytes,
    outcomes: list(orNull(object({}, { value: bytes, error: nodeFailure }))),
    value: bytes,
    failure: nodeFailure,
    partial: bytes,
    compensation: text,
  },
);
const undo = object({ kind: oneOf("undo", "finally"), node: count, order: count, input: bytes }, { output: bytes });
const end = object(
  { kind: oneOf("failed", "value", "node", "run") },
  {
    state: oneOf("succeeded", "failed", "cancelled"),
    value: bytes,
    node: nodeFailure,
    partial: bytes,
    run: runFailure,
  },
);
const extras = object(
  { undoCount: count },
  {
    composites: mapOf(count, composite),
    undos: mapOf(text, list(undo)),
    compensations: mapOf(text, object({ scope: count, item: count, left: list(undo), running: list(count), end })),
    plans: list(text),
    waiters: mapOf(text, list(count)),
    early: list(object({ signal: text, payload: bytes })),
    signalIds: list(text),
    paused: text,
    held: list(either(count, text)),
    kept: mapOf(text, orNull(bytes)),
  },
);

const snapshot = object(
  {
    start,
    sequence: count,
    startedAtMs: ms,
    life: oneOf("scheduled", "running", "succeeded", "failed", "cancelled"),
    states: bytes,
    resultNodes: list(count),
    results: list(bytes),
    attempts: mapOf(count, count),
    scopes: list(scope),
    timers: mapOf(text, ms),
    evaluations: list(text),
    failures: list(nodeFailure),
    failureCount: count,
  },
  { extras, times: tuple(ms, list(orNull(ms)), list(orNull(ms))), startSequence: count },
);

const ISSUES_TOLD = 3;
let inputSchema: ReturnType<typeof jsonSchema> | undefined;

/**
 * Refuses what does not look like the state of a run. Whether its parts fit together, and into the plan of its graph, shows
 * when it is restored.
 *
 * @throws {@link RecordUndecodableError}
 */
export function checkSnapshotShape(value: unknown): asserts value is RunSnapshot {
  // Made at the first use: most coordinators find no states for long.
  inputSchema ??= jsonSchema({ ...snapshot, $defs: { error: errorInfo } });
  const checked = validateInput({ inputSchema }, value);
  if (checked instanceof Promise) throw new TypeError("a JSON Schema takes no time");
  if (checked.ok) return;
  throw new RecordUndecodableError(`it is not the state of a run: ${issuesText(checked.issues.slice(0, ISSUES_TOLD))}`);
}
