import { describe, expect, test } from "vitest";
import { compile, issuesText, jsonSchema, t, task, validateInput, validateTaskInput, workflow } from "../index.ts";
import type { AnySchema } from "../index.ts";

/** What is wrong with a value, as a task's failure says it; empty for nothing. */
async function issuesOf(schema: AnySchema, value: unknown): Promise<string> {
  const checked = await validateInput({ inputSchema: schema }, value);
  if (!checked.ok) return issuesText(checked.issues);
  return checked.value === value ? "" : "is another value";
}

const Picture = t.object({
  key: t.string({ minLength: 1 }),
  width: t.int({ minimum: 1 }),
  title: t.optional(t.nullable(t.string())),
  format: t.oneOf("webp", "jpeg"),
  tags: t.array(t.string(), { maxItems: 2 }),
});

describe("a schema of t accepts its values and no others", () => {
  const bytes = new Uint8Array([1]);
  const picture = { key: "a", width: 3, format: "webp", tags: [] };
  test.each<[string, AnySchema, unknown, string]>([
    ["string", t.string(), "", ""],
    [
      "string",
      t.string({ pattern: "^a", maxLength: 2 }),
      "bcd",
      'must NOT have more than 2 characters; must match pattern "^a"',
    ],
    ["number", t.number(), 1.5, ""],
    ["number", t.number({ exclusiveMinimum: 0 }), 0, "must be > 0"],
    ["number", t.number(), "1", "must be number"],
    ["int", t.int(), 1.5, "must be integer"],
    ["boolean", t.boolean(), 0, "must be boolean"],
    ["bytes", t.bytes(), bytes, ""],
    ["bytes", t.bytes(), [1], "must be a Uint8Array"],
    ["date", t.date(), new Date(0), ""],
    ["date", t.date(), "1970-01-01", "must be a valid Date"],
    ["date", t.date(), new Date(Number.NaN), "must be a valid Date"],
    ["bigint", t.bigint(), 3n, ""],
    ["bigint", t.bigint(), 3, "must be a bigint"],
    ["unknown", t.unknown(), [bytes], ""],
    ["literal", t.literal("on"), "on", ""],
    ["literal", t.literal("on"), "off", 'must be "on"'],
    ["oneOf", t.oneOf("a", 2, null), null, ""],
    ["oneOf", t.oneOf("a", 2), "2", 'must be one of ["a",2]'],
    ["union", t.union(t.string(), t.int()), 3, ""],
    ["union", t.union(t.string(), t.int()), true, "must be string; must be integer; must match a schema in anyOf"],
    ["nullable", t.nullable(t.string({ minLength: 1 })), null, ""],
    ["nullable", t.nullable(t.string()), 3, "must be string,null"],
    ["nullable", t.nullable(t.oneOf("a")), "b", 'must be one of ["a",null]'],
    ["nullable", t.nullable(t.bytes()), null, ""],
    ["array", t.array(t.int()), [1, 2], ""],
    ["array", t.array(t.int(), { minItems: 1, uniqueItems: true }), [], "must NOT have fewer than 1 items"],
    ["array", t.array(t.date()), [new Date(0), 1], "[1] must be a valid Date"],
    ["tuple", t.tuple(t.string(), t.int()), ["a", 1], ""],
    ["tuple", t.tuple(t.string(), t.int()), [1], "must NOT have fewer than 2 items; [0] must be string"],
    ["tuple", t.tuple(), [], ""],
    ["record", t.record(t.int()), { a: 1, b: 2 }, ""],
    ["record", t.record(t.int()), { a: "1" }, "a must be integer"],
    ["object", Picture, picture, ""],
    ["object", Picture, { ...picture, title: null, more: 1 }, ""],
    ["object", Picture, { ...picture, title: undefined }, ""],
    [
      "object",
      Picture,
      { width: 0, title: 3, format: "png", tags: ["a", 1] },
      'key is missing; width must be >= 1; title must be string,null; format must be one of ["webp","jpeg"]; tags[1] must be string',
    ],
    ["object", t.object({ a: t.int() }, { additionalProperties: false }), { a: 1, b: 2 }, "b is not known"],
    ["object in object", t.object({ in: t.object({ at: t.date() }) }), { in: { at: 1 } }, "in.at must be a valid Date"],
    ["a part by jsonSchema", t.object({ a: jsonSchema<number>({ type: "number" }) }), { a: "1" }, "a must be number"],
  ])("%s %#", async (_, schema, value, issues) => {
    expect(await issuesOf(schema, value)).toBe(issues);
  });
});

test("it gives its JSON Schema, which graphs keep", () => {
  const json = {
    type: "object",
    properties: {
      key: { type: "string", minLength: 1 },
      width: { type: "integer", minimum: 1 },
      title: { type: ["string", "null"] },
      format: { enum: ["webp", "jpeg"] },
      tags: { type: "array", items: { type: "string" }, maxItems: 2 },
    },
    required: ["key", "width", "format", "tags"],
  };
  expect(Picture.json).toEqual(json);
  const store = task("store", { input: Picture }, ({ key }) => key);
  expect(compile(workflow("stored", store, { input: Picture })).graph.input).toEqual(json);
  expect(Picture["~standard"].jsonSchema.input({ target: "draft-2020-12" })).toEqual(json);
  expect(() => Picture["~standard"].jsonSchema.output({ target: "draft-07" })).toThrow("draft-2020-12");
  expect(t.object({ at: t.date({ description: "when" }) }).json).toMatchObject({
    properties: { at: { "x-arpeggio": "date", description: "when" } },
  });
});

test("its document alone checks the same", async () => {
  const stored = jsonSchema(t.object({ at: t.date(), data: t.optional(t.bytes()) }).json);
  expect(await issuesOf(stored, { at: new Date(1) })).toBe("");
  expect(await issuesOf(stored, { at: 1, data: "x" })).toBe("at must be a valid Date; data must be a Uint8Array");
});

test("a task checks by it", async () => {
  const store = task("store", { input: Picture }, ({ key }) => key);
  expect(await validateTaskInput(store.definition, { key: "" })).toMatchObject({ ok: false });
});

const any = (value: unknown): never => value as never;
test.each<[string, () => unknown, string, string]>([
  ["an option of another kind", () => t.string(any({ minimum: 1 })), "OPTION_INVALID", "there is no option 'minimum'"],
  ["options that are none", () => t.int(any(3)), "OPTION_INVALID", "the options of t.int()"],
  [
    "a limit that makes no sense",
    () => task("x", { input: t.string({ minLength: -1 }) }, String),
    "SCHEMA_INVALID",
    "minLength",
  ],
  [
    "a pattern that is none",
    () => task("x", { input: t.string({ pattern: "(" }) }, String),
    "SCHEMA_INVALID",
    "regular expression",
  ],
  [
    "what is no schema",
    () => t.array(any("string")),
    "SCHEMA_INVALID",
    'the item of t.array() is "string", not a schema of t or jsonSchema()',
  ],
  [
    "a field without one",
    () => t.object({ a: any(undefined) }),
    "SCHEMA_INVALID",
    "field 'a' of t.object() is undefined",
  ],
  ["an optional item", () => t.array(any(t.optional(t.int()))), "SCHEMA_INVALID", "is for fields of t.object() only"],
  ["no fields", () => t.object(any(3)), "SCHEMA_INVALID", "t.object() is given 3"],
  ["a name that no field may have", () => t.object({ ["__proto__"]: t.int() }), "SCHEMA_INVALID", "'__proto__'"],
  ["no values", () => (t.oneOf as () => unknown)(), "SCHEMA_INVALID", "t.oneOf() is given nothing"],
  ["a value that is none", () => t.literal(any({})), "SCHEMA_INVALID", "t.literal() is given {}"],
  ["a kind that there is none of", () => jsonSchema({ "x-arpeggio": "set" }), "SCHEMA_INVALID", "x-arpeggio"],
])("%s is refused", (_, build, code, message) => {
  expect(build).toThrow(expect.objectContaining({ code, message: expect.stringContaining(message) }));
});
