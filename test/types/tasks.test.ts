import * as v from "valibot";
import { expectTypeOf, test } from "vitest";
import { z } from "zod";
import { contract, func, implement, jsonSchema, task } from "@arpeggio/core";
import type { In, ItemOutcome, LocalTask, NameOf, Out, TaskContext } from "@arpeggio/core";

test("a task takes its types from the function", () => {
  const download = task("file.download", async (input: { url: string }, ctx) => {
    expectTypeOf(ctx).toEqualTypeOf<TaskContext>();
    return { path: input.url, bytes: 10 };
  });
  expectTypeOf<In<typeof download>>().toEqualTypeOf<{ url: string }>();
  expectTypeOf<Out<typeof download>>().toEqualTypeOf<{ path: string; bytes: number }>();
  expectTypeOf<NameOf<typeof download>>().toEqualTypeOf<"file.download">();
  expectTypeOf(download.taskName).toEqualTypeOf<"file.download">();
});

test("options without a schema leave the types to the function", () => {
  const resize = task("image.resize", { queue: "cpu", retry: 3 }, async (input: { width: number }, { signal }) => {
    expectTypeOf(signal).toEqualTypeOf<AbortSignal>();
    return input.width;
  });
  expectTypeOf<In<typeof resize>>().toEqualTypeOf<{ width: number }>();
  expectTypeOf<Out<typeof resize>>().toEqualTypeOf<number>();
});

test("schemas of any make give the types", () => {
  const zodTask = task(
    "zod.task",
    { input: z.object({ n: z.number().default(3) }), output: z.object({ twice: z.number() }) },
    ({ n }) => {
      expectTypeOf(n).toEqualTypeOf<number>();
      return { twice: n * 2 };
    },
  );
  expectTypeOf<In<typeof zodTask>>().toEqualTypeOf<{ n?: number | undefined }>();
  expectTypeOf<Out<typeof zodTask>>().toEqualTypeOf<{ twice: number }>();

  const valibotTask = task("valibot.task", { input: v.object({ n: v.number() }) }, ({ n }) => [n]);
  expectTypeOf<In<typeof valibotTask>>().toEqualTypeOf<{ n: number }>();
  expectTypeOf<Out<typeof valibotTask>>().toEqualTypeOf<number[]>();

  const outputOnly = task("json.task", { output: jsonSchema<{ kind: "a" | "b" }>({}) }, (input: { id: string }) =>
    input.id === "" ? { kind: "a" } : { kind: "b" },
  );
  expectTypeOf<In<typeof outputOnly>>().toEqualTypeOf<{ id: string }>();
  expectTypeOf<Out<typeof outputOnly>>().toEqualTypeOf<{ kind: "a" | "b" }>();
});

test("literals stay literal with an output schema, also from async functions", () => {
  const Kind = jsonSchema<{ kind: "a" | "b"; n: number }>({});
  const pick = task("pick", { input: Kind, output: Kind }, async ({ n }) => ({ kind: "a", n }));
  expectTypeOf<Out<typeof pick>>().toEqualTypeOf<{ kind: "a" | "b"; n: number }>();
});

test("no parameter means that no input is needed, and no result is null", () => {
  const now = task("time.now", () => 1);
  expectTypeOf<In<typeof now>>().toEqualTypeOf<unknown>();
  const note = task("note", async (input: { text: string }) => void input.text);
  expectTypeOf<Out<typeof note>>().toEqualTypeOf<null>();
  const maybe = task("maybe", (n: number) => (n > 0 ? "x" : undefined));
  expectTypeOf<Out<typeof maybe>>().toEqualTypeOf<"x" | null>();
});

test("binary data, dates and bigints can be stored", () => {
  const all = task("all", (input: { bytes: Uint8Array; at: Date; n: bigint }) => ({ ...input, more: [input.n] }));
  expectTypeOf<Out<typeof all>>().toEqualTypeOf<{ more: bigint[]; bytes: Uint8Array; at: Date; n: bigint }>();
});

test("a contract and its implementation have the same types", () => {
  const exif = contract("image.exif", {
    input: jsonSchema<{ path: string }>({}),
    output: jsonSchema<{ iso: number; lens: string | null }>({}),
  });
  const exifTask = implement(exif, ({ path }) => ({ iso: path.length, lens: null }));
  expectTypeOf<Out<typeof exif>>().toEqualTypeOf<{ iso: number; lens: string | null }>();
  expectTypeOf(exifTask).toExtend<LocalTask<"image.exif", { path: string }, { iso: number; lens: string | null }>>();
});

test("fields given by s() are no longer needed", () => {
  const resize = task("image.resize", (input: { path: string; width: number; quality?: number }) => input.path);
  const thumb = resize.s({ width: 96 });
  expectTypeOf<In<typeof thumb>>().toEqualTypeOf<{ path: string; quality?: number }>();
  const whole = resize.s({ path: "a", width: 1, quality: 3 });
  expectTypeOf<In<typeof whole>>().toEqualTypeOf<unknown>();
  const withOptions = resize.with({ queue: "cpu" }).s({ path: "a" });
  expectTypeOf<In<typeof withOptions>>().toEqualTypeOf<{ width: number; quality?: number }>();
});

test("a func takes the list of its arguments, or what is left of them", () => {
  const add = func("math.add", (a: number, b: number) => a + b);
  expectTypeOf<In<typeof add>>().toEqualTypeOf<readonly [a: number, b: number]>();
  const addTwo = add.s(2);
  expectTypeOf<In<typeof addTwo>>().toEqualTypeOf<number>();
  const four = add.s(2, 2);
  expectTypeOf<In<typeof four>>().toEqualTypeOf<unknown>();
  const sum = func("math.sum", async (xs: readonly number[]) => xs.length);
  expectTypeOf<In<typeof sum>>().toEqualTypeOf<readonly number[]>();
  expectTypeOf<Out<typeof sum>>().toEqualTypeOf<number>();
});

test("errors as data can be stored, errors cannot", () => {
  const report = task("report", (outcome: ItemOutcome<{ path: string }>) => ({
    failed: outcome.ok ? null : outcome.error,
  }));
  expectTypeOf<In<typeof report>>().toEqualTypeOf<ItemOutcome<{ path: string }>>();
  task("person", (input: { name: string; message: string }) => input);
  // @ts-expect-error an Error must be thrown
  task("bad.error", () => ({ error: new TypeError("no") }));
});

test("a handler may give a canvas in its place, which gives what the task gives", () => {
  const size = task("size", (path: string) => path.length);
  const total = task("total", (paths: readonly string[], ctx) =>
    paths.length === 0 ? 0 : ctx.replaceWith(size, paths[0] ?? ""),
  );
  expectTypeOf<Out<typeof total>>().toEqualTypeOf<number>();
  const file = task("file", (path: string) => ({ path }));
  const later = task("later", async (path: string, ctx) => {
    if (path === "") return ctx.replaceWith(file, "default");
    return { path };
  });
  expectTypeOf<In<typeof later>>().toEqualTypeOf<string>();
  expectTypeOf<Out<typeof later>>().toEqualTypeOf<{ path: string }>();
  const only = task("only", (path: string, ctx) => ctx.replaceWith(size, path));
  expectTypeOf<Out<typeof only>>().toEqualTypeOf<number>();
  // @ts-expect-error the task gives a number
  task("other", { output: jsonSchema<string>({}) }, (path: string, ctx) => ctx.replaceWith(size, path));
  // @ts-expect-error the canvas takes a text
  task("bad", (_: string, ctx) => ctx.replaceWith(size, 3));
  // @ts-expect-error the canvas needs an input
  task("bad", (_: string, ctx) => ctx.replaceWith(size));
});

test("a handler may end more than its node, which says nothing about its result", () => {
  const early = task("early", async (n: number, ctx) => {
    if (n === 0) return ctx.finish({ any: "thing" });
    if (n === 1) return ctx.skip();
    return { n };
  });
  expectTypeOf<Out<typeof early>>().toEqualTypeOf<{ n: number }>();
});
