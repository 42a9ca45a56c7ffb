import { expectTypeOf, test } from "vitest";
import { z } from "zod";
import { chain, chord, compile, func, group, map, mapSettled, task, workflow } from "@arpeggio/core";
import type {
  Canvas,
  CompiledWorkflow,
  Failure,
  In,
  ItemOutcome,
  NameOf,
  Out,
  RunInput,
  RunOutput,
  Workflow,
} from "@arpeggio/core";

const download = task("file.download", (input: { url: string }) => ({ path: input.url, bytes: 10 }));
const resize = task("image.resize", (input: { path: string; width: number }) => ({ path: input.path, width: 1 }));
const exif = task("image.exif", (input: { path: string }) => ({ iso: input.path.length }));
const list = task("page.list", (input: { q: string }) => [{ url: input.q }]);
const add = func("math.add", (a: number, b: number) => a + b);
const sum = func("math.sum", (xs: readonly number[]) => xs.length);

test("a chain takes what its first step takes and gives what its last gives", () => {
  const c = chain(download, resize.s({ width: 300 }), exif);
  expectTypeOf<In<typeof c>>().toEqualTypeOf<{ url: string }>();
  expectTypeOf<Out<typeof c>>().toEqualTypeOf<{ iso: number }>();
  expectTypeOf<NameOf<typeof c>>().toEqualTypeOf<"… → image.exif">();
  const p = download.pipe(resize.s({ width: 300 })).pipe(exif);
  expectTypeOf<In<typeof p>>().toEqualTypeOf<{ url: string }>();
  expectTypeOf<Out<typeof p>>().toEqualTypeOf<{ iso: number }>();
  const one = chain(download);
  expectTypeOf<Out<typeof one>>().toEqualTypeOf<{ path: string; bytes: number }>();
});

test("a group gives a tuple or an object, and takes what all members take", () => {
  const tuple = group([resize, exif]);
  expectTypeOf<Out<typeof tuple>>().toEqualTypeOf<[{ path: string; width: number }, { iso: number }]>();
  expectTypeOf<{ path: string; width: number }>().toExtend<In<typeof tuple>>();
  const named = group({ thumb: resize.s({ width: 96 }), meta: exif });
  expectTypeOf<Out<typeof named>>().toEqualTypeOf<{ thumb: { path: string; width: number }; meta: { iso: number } }>();
  const empty = group([]);
  expectTypeOf<In<typeof empty>>().toEqualTypeOf<unknown>();
  expectTypeOf<Out<typeof empty>>().toEqualTypeOf<[]>();
});

test("a chord's body takes the results of its header: a group, or a map", () => {
  const celery = chord(group([add.s(2, 2), add.s(4, 4)]), sum);
  expectTypeOf<In<typeof celery>>().toEqualTypeOf<unknown>();
  expectTypeOf<Out<typeof celery>>().toEqualTypeOf<number>();
  const members = chord([add.s(2, 2), add.s(4, 4)], sum);
  expectTypeOf(members).toEqualTypeOf(celery);
  const named = chord(
    { a: download, b: exif },
    task("t", (both: { a: { bytes: number }; b: { iso: number } }) => both.b.iso),
  );
  expectTypeOf<In<typeof named>>().toEqualTypeOf<{ url: string } & { path: string }>();
  expectTypeOf<Out<typeof named>>().toEqualTypeOf<number>();
  // @ts-expect-error the header gives no list of numbers
  chord([download], sum);
  const overList = chord(map(add.s(1)), sum);
  expectTypeOf<In<typeof overList>>().toEqualTypeOf<readonly number[]>();
});

test("map lifts a canvas to lists", () => {
  const m = chain(list, map(download), map(exif));
  expectTypeOf<Out<typeof m>>().toEqualTypeOf<{ iso: number }[]>();
  const settled = chain(list, mapSettled(download));
  expectTypeOf<Out<typeof settled>>().toEqualTypeOf<ItemOutcome<{ path: string; bytes: number }>[]>();
  const ofTuple = chain(group([exif, exif]), map(task("one", (x: { iso: number }) => x.iso)));
  expectTypeOf<Out<typeof ofTuple>>().toEqualTypeOf<number[]>();
});

test("mappings are typed by the result before and the input after", () => {
  const p = download.pipe(resize, (file) => ({ path: file.path, width: file.bytes }));
  expectTypeOf<Out<typeof p>>().toEqualTypeOf<{ path: string; width: number }>();
  const s = download.select((file) => ({ where: file.path, tag: "x", n: 1, list: [file.bytes] }));
  expectTypeOf<Out<typeof s>>().toEqualTypeOf<{ where: string; tag: string; n: number; list: [number] }>();
  const nested = list.select((pages) => pages[0]?.url);
  expectTypeOf<Out<typeof nested>>().toEqualTypeOf<string | null>();
  const tuple = group([download, exif]).select((both) => ({ bytes: both[0].bytes, iso: both[1].iso }));
  expectTypeOf<Out<typeof tuple>>().toEqualTypeOf<{ bytes: number; iso: number }>();
  const optional = task("o", (): { a?: { b: string } } => ({})).select((x) => ({ b: x.a.b }));
  expectTypeOf<Out<typeof optional>>().toEqualTypeOf<{ b: string | undefined }>();
});

test("names, options and ignored input keep the types", () => {
  const named = download.with({ retry: 3, timeout: "30s" }).named("dl");
  expectTypeOf<Out<typeof named>>().toEqualTypeOf<{ path: string; bytes: number }>();
  expectTypeOf<NameOf<typeof named>>().toEqualTypeOf<"dl">();
  const ignoring = chain(download, exif.ignoreInput({ path: "x" }));
  expectTypeOf<Out<typeof ignoring>>().toEqualTypeOf<{ iso: number }>();
});

test("a workflow is run with what its schema accepts, and is a canvas", () => {
  const plain = workflow("plain", chain(download, exif));
  expectTypeOf<RunInput<typeof plain>>().toEqualTypeOf<{ url: string }>();
  const checked = workflow("checked", download, { input: z.object({ url: z.string().default("x") }) });
  expectTypeOf<RunInput<typeof checked>>().toEqualTypeOf<{ url?: string | undefined }>();
  expectTypeOf<RunOutput<typeof checked>>().toEqualTypeOf<{ path: string; bytes: number }>();
  expectTypeOf<In<typeof checked>>().toEqualTypeOf<{ url: string }>();
  expectTypeOf<RunInput<typeof download>>().toEqualTypeOf<{ url: string }>();
  const outer = chain(checked, exif);
  expectTypeOf<Out<typeof outer>>().toEqualTypeOf<{ iso: number }>();
  expectTypeOf(compile(checked)).toEqualTypeOf<
    CompiledWorkflow<{ url?: string | undefined }, { path: string; bytes: number }>
  >();
});

test("a workflow with handlers or another name is a workflow", () => {
  const checked = workflow("checked", download, { input: z.object({ url: z.string().default("x") }) });
  const tell = task("tell", (failure: Failure<{ url: string }>) => failure.error.code);
  const close = task("close", (end: { input: { url: string } }) => end.input.url);
  const handled = checked.onError(tell).recover(tell).compensate(close).finally(close);
  expectTypeOf(handled).toEqualTypeOf<
    Workflow<"checked", { url: string }, string | { path: string; bytes: number }, { url?: string | undefined }>
  >();
  const renamed = handled.with({ retry: 2 }).named("renamed");
  expectTypeOf<NameOf<typeof renamed>>().toEqualTypeOf<"renamed">();
  expectTypeOf<RunInput<typeof renamed>>().toEqualTypeOf<{ url?: string | undefined }>();
  const wants = task("wants", (failure: Failure<{ path: string }>) => failure.input.path);
  // @ts-expect-error the workflow is given a url
  checked.onError(wants);
});

test("canvases are contravariant in what they take and covariant in what they give", () => {
  const narrower: Canvas<{ url: string; extra: 1 }, { path: string }> = download;
  // @ts-expect-error it needs a url
  const wider: Canvas<{}, { path: string }> = download;
  // @ts-expect-error it does not give a number
  const other: Canvas<{ url: string }, number> = download;
  expectTypeOf(narrower).not.toEqualTypeOf(wider);
  expectTypeOf(other).not.toEqualTypeOf(narrower);
});

test("canvases are no promises: await gives the thing itself", async () => {
  expectTypeOf(await Promise.resolve(download)).toEqualTypeOf(download);
});
