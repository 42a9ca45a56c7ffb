/** The parts of the schema by which the graph format is described; see `graphSchema`. */
const ID = "[A-Za-z_][\\w-]*(\\.[A-Za-z_][\\w-]*)*(~[1-9]\\d*)?";
const id = { type: "string", pattern: `^${ID}$`, maxLength: 220 };
const taskName = { type: "string", pattern: "^[A-Za-z_][\\w-]*(\\.[A-Za-z_][\\w-]*)*$", maxLength: 200 };
const path = { type: "array", items: { type: ["string", "integer"] }, minItems: 1 };
const expr = { $ref: "#/$defs/expr" };
const exprs = { type: "array", items: expr };
const ms = { type: "integer", minimum: 0 };
const names = { type: "array", items: { type: "string" } };

function closed(required: Readonly<Record<string, unknown>>, optional: Readonly<Record<string, unknown>> = {}) {
  return {
    type: "object",
    properties: { ...required, ...optional },
    required: Object.keys(required),
    additionalProperties: false,
  };
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
const base = { id, needs: { type: "array", items: id } };
const level = { nodes: { type: "array", items: { $ref: "#/$defs/node" } }, output: expr };

/**
 * JSON Schema (draft 2020-12) of a graph. Constants may also be `Uint8Array`, `Date` and `bigint`, which JSON Schema has no
 * words for. What it cannot say about references, `graphProblems` checks.
 */
export const graphSchema = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  title: "Arpeggio workflow graph, version 1",
  ...closed({ canvas: { const: 1 }, name: taskName, ...level }, { input: { type: "object" } }),
  $defs: {
    level: closed(level),
    node: {
      oneOf: [
        closed({ ...base, kind: { const: "task" }, task: taskName, input: expr }, { options }),
        closed(
          { ...base, kind: { const: "map" }, over: expr, body: { $ref: "#/$defs/level" } },
          { settle: { const: true } },
        ),
      ],
    },
    expr: {
      oneOf: [
        closed({ const: {} }),
        closed({ ref: { type: "string", pattern: `^(\\$in|${ID})$` } }, { path }),
        closed({ array: exprs }),
        closed({ object: { type: "object", additionalProperties: expr } }),
        closed({ merge: exprs }),
        closed({ concat: exprs }),
        closed({ get: expr, path }),
      ],
    },
  },
} as const;
