import { setImmediate } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import * as v from "valibot";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import {
  compile,
  issuesText,
  jsonSchema,
  task,
  validateInput,
  validateTaskInput,
  validateTaskOutput,
  workflow,
} from "../index.ts";
import type { AnySchema } from "../index.ts";
import { jsonSchemaOf } from "./schema.ts";

const pages = jsonSchema<{ pages: { url: string }[] }>({
  type: "object",
  properties: {
    pages: { type: "array", items: { type: "object", properties: { url: { type: "string" } }, required: ["url"] } },
  },
  required: ["pages"],
  additionalProperties: false,
});
const withInput = (input: AnySchema) => task("t", { input }, () => 1).definition;

describe("issues name the field", () => {
  test("JSON Schema", async () => {
    const { definition } = task("t", { input: pages }, () => 1);
    expect(await validateTaskInput(definition, { pages: [{ url: "a" }] })).toEqual({
      ok: true,
      value: { pages: [{ url: "a" }] },
    });
    expect(await validateTaskInput(definition, { pages: [{ url: "a" }, {}], more: 1 })).toEqual({
      ok: false,
      issues: [
        { path: "more", message: "is not known" },
        { path: "pages[1].url", message: "is missing" },
      ],
    });
    expect(await validateTaskInput(definition, 3)).toEqual({
      ok: false,
      issues: [{ path: "", message: "must be object" }],
    });
    const kind = withInput(jsonSchema({ properties: { "a/b~c": { enum: ["x", "y"] } } }));
    expect(await validateTaskInput(kind, { "a/b~c": "z" })).toEqual({
      ok: false,
      issues: [{ path: "a/b~c", message: 'must be one of ["x","y"]' }],
    });
  });

  test.each<[string, AnySchema]>([
    ["zod", z.object({ pages: z.array(z.object({ url: z.string() })) })],
    ["valibot", v.object({ pages: v.array(v.object({ url: v.string() })) })],
  ])("%s", async (_, schema) => {
    const result = await validateTaskInput(withInput(schema), { pages: [{ url: "a" }, { url: 3 }] });
    expect(result).toMatchObject({ ok: false, issues: [{ path: "pages[1].url" }] });
  });
});

describe("validation", () => {
  test("gives what the schema made of the value", async () => {
    const { definition } = task(
      "t",
      { input: z.object({ n: z.coerce.number().default(3) }), output: z.string().trim() },
      () => "",
    );
    expect(await validateTaskInput(definition, {})).toEqual({ ok: true, value: { n: 3 } });
    expect(await validateTaskOutput(definition, " x ")).toEqual({ ok: true, value: "x" });
  });

  test("is not async where the schema is not, and passes everything where there is none", () => {
    expect(validateTaskInput(withInput(z.string()), "x")).toEqual({ ok: true, value: "x" });
    expect(validateTaskInput({ name: "t", options: {} }, 3)).toEqual({ ok: true, value: 3 });
    expect(validateTaskOutput({ name: "t", options: {} }, undefined)).toEqual({ ok: true, value: undefined });
  });

  test("waits for async schemas, and takes a throwing one for an issue", async () => {
    const free = z.string().refine(async (name) => name !== "taken", "is taken");
    expect(validateTaskInput(withInput(free), "x")).toBeInstanceOf(Promise);
    expect(await validateTaskInput(withInput(free), "taken")).toEqual({
      ok: false,
      issues: [{ path: "", message: "is taken" }],
    });
    const broken = (validate: () => never): AnySchema => ({ "~standard": { version: 1, vendor: "test", validate } });
    const throws = broken(() => {
      throw new Error("boom");
    });
    expect(await validateTaskInput(withInput(throws), 1)).toEqual({
      ok: false,
      issues: [{ path: "", message: "the schema threw: boom" }],
    });
    const rejects = broken(() => Promise.reject(new Error("later")) as never);
    expect(await validateTaskInput(withInput(rejects), 1)).toMatchObject({ ok: false });
  });

  test("of a workflow's input", async () => {
    const compiled = compile(
      workflow(
        "w",
        task("t", (x: { pages: unknown }) => x.pages),
        { input: pages },
      ),
    );
    expect(await validateInput(compiled, {})).toEqual({
      ok: false,
      issues: [{ path: "pages", message: "is missing" }],
    });
    expect(await validateInput(compile(task("u", () => 1)), "anything")).toEqual({ ok: true, value: "anything" });
  });

  test("issues as one line", () => {
    expect(
      issuesText([
        { path: "a.b", message: "is missing" },
        { path: "", message: "must be object" },
      ]),
    ).toBe("a.b is missing; must be object");
  });
});

describe("schemas", () => {
  test("a bad JSON Schema is refused when it is given", () => {
    for (const json of [{ type: "objekt" }, { requird: ["a"] }, { $ref: "#/nowhere" }]) {
      expect(() => jsonSchema(json)).toThrow(expect.objectContaining({ code: "SCHEMA_INVALID" }));
    }
  });

  test("two documents may have one $id", () => {
    const one = jsonSchema({ $id: "https://example.org/a", type: "string" });
    const two = jsonSchema({ $id: "https://example.org/a", type: "number" });
    expect(one["~standard"].validate("x")).toEqual({ value: "x" });
    expect(two["~standard"].validate(1)).toEqual({ value: 1 });
  });

  test("of a value of many parts only the first issue is told, and a list of nothing but wrong ones takes no time", () => {
    const item = { anyOf: [{ $ref: "#/$defs/tree" }, { "x-arpeggio": "bytes" }] };
    const tree = { type: "object", properties: { inner: { type: "array", items: item } }, required: ["name"] };
    const { "~standard": schema } = jsonSchema({ $ref: "#/$defs/tree", $defs: { tree } });
    const issuesOf = (length: number) => {
      const result = schema.validate({ name: "a", inner: Array<unknown>(length).fill({}) });
      return result instanceof Promise ? undefined : result.issues?.length;
    };
    expect(issuesOf(100)).toBeGreaterThan(100);
    // All of them would take minutes.
    expect(issuesOf(100_000)).toBeLessThan(10);
  });

  test("a document that nobody uses any more is not kept for ever", async () => {
    setFlagsFromString("--expose-gc");
    const collectGarbage = runInNewContext("gc") as () => void;
    // A compiler is kept as long as a schema that it has compiled is: those of other tests must not be of the same one.
    const makeAnother = () => {
      for (let i = 0; i <= 1_000; i++) jsonSchema({ const: i });
    };
    makeAnother();
    const nobodys = new WeakRef(jsonSchema({ type: "string", title: "nobody's" }).json);
    makeAnother();
    // What was made in this turn is kept until it ends.
    await setImmediate();
    collectGarbage();
    expect(nobodys.deref()).toBeUndefined();
  });

  test("the graph keeps the JSON Schema of makes that can tell it", () => {
    expect(jsonSchemaOf(pages)).toBe(pages.json);
    expect(jsonSchemaOf(z.object({ a: z.string() }))).toMatchObject({
      type: "object",
      properties: { a: { type: "string" } },
      required: ["a"],
    });
    expect(jsonSchemaOf(z.object({ at: z.date() }))).toBeUndefined();
    expect(jsonSchemaOf(v.string())).toBeUndefined();
    const { graph } = compile(
      workflow(
        "w",
        task("t", (x: { a: string }) => x.a),
        { input: z.object({ a: z.string() }) },
      ),
    );
    expect(JSON.parse(JSON.stringify(graph.input))).toEqual(graph.input);
  });
});
