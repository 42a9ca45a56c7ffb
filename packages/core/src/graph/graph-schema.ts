/** A part of a JSON Schema. */
export type SchemaPart = Readonly<Record<string, unknown>>;

const ID = "[A-Za-z_][\\w-]*(\\.[A-Za-z_][\\w-]*)*(~[1-9]\\d*)?";
const id = { type: "string", pattern: `^${ID}$`, maxLength: 220 };
const name = { type: "string", pattern: "^[A-Za-z_][\\w-]*(\\.[A-Za-z_][\\w-]*)*$", maxLength: 200 };
const path = { type: "array", items: { type: ["string", "integer"] }, minItems: 1 };
const ms = { type: "integer", minimum: 0 };
const names = { type: "array", items: { type: "string" } };

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

/** The schema of each thing in a graph, given those of the things that stand inside it. */
export function graphSchemaParts({ expr, node, level }: { expr: SchemaPart; node: SchemaPart; level: SchemaPart }) {
  const base = { id, needs: { type: "array", items: id } };
  const content = { nodes: { type: "array", items: node }, output: expr };
  const exprs = { type: "array", items: expr };
  return {
    document: closed({ canvas: { const: 1 }, name, ...content }, { input: { type: "object" } }),
    level: closed(content),
    nodes: {
      task: closed({ ...base, kind: { const: "task" }, task: name, input: expr }, { options }),
      map: closed({ ...base, kind: { const: "map" }, over: expr, body: level }, { settle: { const: true } }),
    },
    exprs: {
      const: closed({ const: {} }),
      ref: closed({ ref: { type: "string", pattern: `^(\\$in|${ID})$` } }, { path }),
      array: closed({ array: exprs }),
      object: closed({ object: { type: "object", additionalProperties: expr } }),
      merge: closed({ merge: exprs }),
      concat: closed({ concat: exprs }),
      get: closed({ get: expr, path }),
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
