import { expectTypeOf, test } from "vitest";
import { and, chain, eq, exists, flow, group, gt, map, size, t, task } from "@arpeggio/core";
import type { In, Out, Ref, SchemaIn, SchemaOut } from "@arpeggio/core";

interface Page {
  readonly url: string;
  readonly kind: "html" | "pdf";
  readonly tags: readonly string[];
  readonly title?: string;
  readonly at: Date;
}
const fetchPage = task("page.fetch", (page: { url: string }) => ({ body: page.url, words: 3 }));
const label = task("page.label", (input: { text: string; note?: string; format?: "webp" | "jpeg" }) => input.text);
const sum = task("math.sum", (numbers: number[]) => numbers.length);
const tick = task("tick", () => 1);

test("a flow takes what its function's first parameter says, and gives what the function does", () => {
  const canvas = flow((page: Ref<Page>, step) => {
    const got = step(fetchPage, page);
    const { body } = got;
    expectTypeOf(body).toExtend<Ref<string>>();
    const text = step(label, { text: body, note: page.title, format: "webp" });
    step(label, { text: "x" }, { after: [got] });
    const many = step(map(fetchPage), [{ url: page.url }, page]);
    return { text, total: step(sum, [got.words, 1]), first: many[0]?.words, fixed: "x", when: page.at };
  });
  expectTypeOf<In<typeof canvas>>().toEqualTypeOf<Page>();
  expectTypeOf<Out<typeof canvas>>().toEqualTypeOf<{
    text: string;
    total: number;
    first: number | undefined;
    fixed: string;
    when: Date;
  }>();
});

test("a flow without an input takes anything, one that gives nothing gives null", () => {
  const canvas = flow((_, step) => {
    step(tick);
    step(tick, 3);
  });
  expectTypeOf<In<typeof canvas>>().toEqualTypeOf<unknown>();
  expectTypeOf<Out<typeof canvas>>().toEqualTypeOf<null>();
});

test("a flow after a canvas has its result as its input", () => {
  const canvas = group({ page: fetchPage, n: tick }).flow((all, step) => [step(label, { text: all.page.body }), all.n]);
  expectTypeOf<In<typeof canvas>>().toEqualTypeOf<{ url: string }>();
  expectTypeOf<Out<typeof canvas>>().toEqualTypeOf<[string, number]>();
  const inChain = chain(
    fetchPage,
    flow((page: Ref<{ words: number }>) => page.words),
    map(tick).ignoreInput([]),
  );
  expectTypeOf<Out<typeof inChain>>().toEqualTypeOf<number[]>();
});

test("steps are canvases of any kind, with their types", () => {
  flow((page: Ref<Page>, step) => {
    const inner = flow((text: Ref<string>, own) => own(label, { text }));
    const all = step(group([fetchPage, tick]), page);
    const ticked = all[1];
    expectTypeOf(ticked).toExtend<Ref<number>>();
    const unknownInput: unknown = 1;
    const anything = step(
      task("any", (value: unknown) => value as { n: number }),
      { page, more: unknownInput },
    );
    const { n } = anything;
    expectTypeOf(n).toExtend<Ref<number>>();
    return [step(inner, page.url), ticked, n];
  });
});

test("operators give conditions and numbers", () => {
  const canvas = flow((page: Ref<Page>) => ({
    same: eq(page.kind, "html"),
    none: eq(page.title, null),
    many: and(exists(page.title), gt(size(page.tags), 2), true),
    count: size(page.tags),
    late: gt(page.at, new Date(0)),
  }));
  expectTypeOf<Out<typeof canvas>>().toEqualTypeOf<{
    same: boolean;
    none: boolean;
    many: boolean;
    count: number;
    late: boolean;
  }>();
});

test("t gives the type with the schema", () => {
  const schema = t.object({
    key: t.string(),
    width: t.optional(t.int()),
    format: t.oneOf("webp", "jpeg"),
    level: t.literal(3),
    meta: t.nullable(t.record(t.union(t.string(), t.bigint()))),
    point: t.tuple(t.number(), t.bytes()),
    list: t.array(t.object({ at: t.date(), ok: t.boolean() })),
    rest: t.unknown(),
  });
  interface Expected {
    key: string;
    width?: number;
    format: "webp" | "jpeg";
    level: 3;
    meta: Record<string, string | bigint> | null;
    point: [number, Uint8Array];
    list: { at: Date; ok: boolean }[];
    rest: unknown;
  }
  expectTypeOf<SchemaOut<typeof schema>>().toEqualTypeOf<Expected>();
  expectTypeOf<SchemaIn<typeof schema>>().toEqualTypeOf<Expected>();
  const typed = task("typed", { input: schema, output: t.object({ ok: t.boolean() }) }, (input) => {
    expectTypeOf(input).toEqualTypeOf<Expected>();
    return { ok: true };
  });
  expectTypeOf<In<typeof typed>>().toEqualTypeOf<Expected>();
  expectTypeOf<Out<typeof typed>>().toEqualTypeOf<{ ok: boolean }>();
  const empty = t.object({});
  expectTypeOf<SchemaOut<typeof empty>>().toEqualTypeOf<{}>();
});
