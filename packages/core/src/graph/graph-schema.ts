import { OPERATORS } from "./expression.ts";

/** A part of a JSON Schema. */
export type SchemaPart = Readonly<Record<string, unknown>>;

const ID = "[A-Za-z_][\\w-]*(\\.[A-Za-z_][\\w-]*)*(~[1-9]\\d*)?";
/** What is kept or put together under a name is a field of an object. */
const FIELD = "(?!__proto__$)";
const id = { type: "string", pattern: `^${FIELD}${ID}$`, maxLength: 220 };
const name = { type: "string", pattern: `^${FIELD}[A-Za-z_][\\w-]*(\\.[A-Za-z_][\\w-]*)*$`, maxLength: 200 };
const path = { type: "array", items: { type: ["string", "integer"] }, minItems: 1 };
const ms = { type: "integer", minimum: 0 };
const names = { type: "array", items: { type: "string" } };
const keys = { type: "array", items: { type: "string", pattern: `^${FIELD}` } };
const yes = { const: true };
const some = { type: "integer", minimum: 1 };

function closed(required: SchemaPart, optional: SchemaPart = {}) {
  return {
    type: "object",
    properties: { ...required, ...optional },
    required: Object.keys(required),
    additionalProperties: false,
  } as const;
}

const retry = closed(
  { attempts: { type: "integer", minimum: 1 }, backoff: { enum: ["fixed", "linear", "exponential"] }, delayMs: ms },
  { maxDelayMs: ms, jitter: { type: "boolean" }, on: names, notOn: names },
);
const options = closed(
  {},
  {
    queue: { type: "string", pattern: "^[A-Za-z0-9_-]{1,128}$" },
    priority: { type: "integer", minimum: 0, maximum: 9 },
    timeoutMs: { type: "integer", minimum: 1 },
    retry,
    labels: { type: "object", additionalProperties: { type: "string" } },
  },
);

const timing = closed({}, { delayMs: ms, atMs: ms, expiresMs: ms, withinMs: some });
const maxFailures = {
  oneOf: [closed({ count: ms }), closed({ share: { type: "number", minimum: 0, maximum: 1 } })],
};

/** The schema of each thing in a graph, given those of the things that stand inside it. */
export function graphSchemaParts({ expr, node, level }: { expr: SchemaPart; node: SchemaPart; level: SchemaPart }) {
  const base = { id, needs: { type: "array", items: id } };
  const more = { timing, keep: yes };
  const content = { nodes: { type: "array", items: node }, output: expr };
  const exprs = { type: "array", items: expr };
  return {
    document: closed({ canvas: { const: 1 }, name, ...content }, { input: { type: "object" } }),
    level: closed(content),
    nodes: {
      task: closed({ ...base, kind: { const: "task" }, task: name, input: expr }, { ...more, options, each: yes }),
      map: closed(
        { ...base, kind: { const: "map" }, over: expr, body: level },
        { ...more, settle: yes, maxFailures, concurrency: some },
      ),
      scope: closed(
        { ...base, kind: { const: "scope" }, input: expr, body: level },
        { ...more, onError: level, recover: level, finally: level, undo: level, settle: yes },
      ),
      branches: closed(
        {
          ...base,
          kind: { const: "branches" },
          input: expr,
          branches: { type: "array", items: level },
          until: { enum: ["ended", "succeeded", "quorum", "all"] },
        },
        { ...more, keys, count: some, maxFailures },
      ),
      choose: closed(
        {
          ...base,
          kind: { const: "choose" },
          input: expr,
          on: expr,
          cases: { type: "object", additionalProperties: level },
        },
        { ...more, otherwise: level },
      ),
      loop: closed(
        { ...base, kind: { const: "loop" }, input: expr, body: level, until: expr, max: some },
        { ...more, everyMs: ms },
      ),
      signal: closed({ ...base, kind: { const: "signal" }, signal: name }, { ...more, schema: { type: "object" } }),
    },
    exprs: {
      const: closed({ const: {} }),
      ref: closed({ ref: { type: "string", pattern: `^(\\$in|${ID})$` } }, { path }),
      array: closed({ array: exprs }),
      object: closed({ object: { type: "object", additionalProperties: expr } }),
      merge: closed({ merge: exprs }),
      concat: closed({ concat: exprs }),
      get: closed({ get: expr, path }),
      op: closed({ op: { enum: OPERATORS }, args: exprs }),
    },
  };
}

const parts = graphSchemaParts({
  expr: { $ref: "#/$defs/expr" },
  node: { $ref: "#/$defs/node" },
  level: { $ref: "#/$defs/level" },
});

/**
 * JSON Schema (draft 2020-12) of a graph. Constants may also be `Uint8Array`, `Date` and `bigint`, which JSON Schema has no
 * words for. What it cannot say about references, `graphProblems` checks.
 */
export const graphSchema = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  title: "Arpeggio workflow graph, version 1",
  ...parts.document,
  $defs: {
    level: parts.level,
    node: { oneOf: Object.values(parts.nodes) },
    expr: { oneOf: Object.values(parts.exprs) },
  },
} as const;
