// Every statement below a line that begins with two slashes and a colon is wrong. What the compiler says is compared with ../messages.txt.
import {
  at, chain, chord, contract, func, group, implement, jsonSchema, map, mapSettled, task, workflow,
} from "@arpeggio/core";

const download = task("file.download", async (input: { url: string }) => ({ path: input.url, bytes: 10 }));
const count = task("file.count", (input: { path: string }) => input.path.length);
const watermark = task("image.watermark", (input: { path: string }) => ({ path: input.path }));
const publish = task("site.publish", (input: { path: string; title?: string; tags: string[] }) => input.path);
const resize = task("image.resize", (input: { path: string; width: number }) => ({ path: input.path }));
const list = task("page.list", (query: { q: string }) => [{ url: query.q }]);
const add = func("math.add", (a: number, b: number) => a + b);
const sum = func("math.sum", (xs: readonly number[]) => xs.length);
const shout = task("text.shout", (text: string) => text.toUpperCase());
const Url = jsonSchema<{ url: string }>({ type: "object" });
const Iso = jsonSchema<{ iso: number; make: "canon" | "nikon" }>({ type: "object" });
const exif = contract("image.exif", { input: Url, output: Iso });

//: chain: a step that takes something else
chain(download, count, watermark, count);
//: chain: a step that misses fields of an object
chain(download, watermark, publish);
//: chain: a field that nobody gives
chain(download, resize);
//: chain: a list of other items
chain(list, map(count));
//: chain: a map after what is no list
chain(download, map(count));
//: chain: a group with a member that wants more
chain(download, group({ a: count, b: publish }), watermark);
//: chain: members that want values which exclude each other
chain(download, group([shout, sum]));
//: chain: a group's tuple given to a task for objects
chain(download, group([count, watermark]), resize);
//: chain: after an inner chain
chain(download, chain(watermark, count), publish);
//: chain: the step after a mapSettled forgets the failures
chain(list, mapSettled(download), map(count));
//: chain: nothing in it
chain();
//: chain: a list of its steps
chain([download, count]);
//: workflow: a schema in the place of the canvas
workflow("w", Url, download);
//: workflow: a schema in the place of the options
workflow("w", download, Url);
//: chain: something that is no canvas
chain(download, (input: { path: string }) => input.path);
//: pipe: the next task takes something else
download.pipe(publish);
//: pipe: a function for the next step
download.pipe((file: { path: string }) => file.path);
//: pipe: after pipes
download.pipe(watermark).pipe(count).pipe(watermark);
//: pipe with a mapping: a field of another type
download.pipe(resize, (file) => ({ path: file.bytes, width: 3 }));
//: pipe with a mapping: a misspelt field
download.pipe(resize, (file) => ({ path: file.pth, width: 3 }));
//: pipe with a mapping: a field missing
download.pipe(resize, (file) => ({ path: file.path }));
//: pipe with a mapping: computing in it
download.pipe(resize, (file) => ({ path: file.path, width: file.bytes * 2 }));
//: select: a method of a value that is not there yet
list.select((pages) => pages.map((page) => page.url));
//: at: a field that is not there
download.select((file) => ({ x: at(file, "size") }));
//: s: a misspelt field
resize.s({ widht: 3 });
//: s: a field of another type
resize.s({ width: "3" });
//: s: on a func, an argument of another type
add.s("2");
//: s: on a func, too many arguments
add.s(1, 2, 3);
//: chord: the body takes something else
chord(group([count, watermark]), sum);
//: chord: no body
chord(group([count, count]));
//: chord: the body takes something else than its members give
chord([count, watermark], sum);
//: chord: a member that is no canvas
chord([count, "watermark"], sum);
//: chord: a map as the header
chord(map(download), sum);
//: group: a member that is no canvas
group({ a: count, b: 3 });
//: task: a function in the output
task("bad.function", (input: { id: string }) => ({ id: input.id, save: () => 1 }));
//: task: a Map deep in the output, a Set in the input
task("bad.nested", async (input: { tags: Set<string> }) => ({ rows: [{ m: new Map<string, number>() }] }));
//: task: an instance of a class with methods
class Account { constructor(readonly id: string) {} close(): void {} }
task("bad.instance", (input: { id: string }) => new Account(input.id));
//: task: a symbol, a promise and a RegExp
task("bad.more", (input: { a: symbol }) => ({ later: Promise.resolve(1), pattern: /x/ }));
//: task: a record of functions
task("bad.record", (input: { id: string }): Record<string, () => void> => ({ [input.id]: () => {} }));
//: task with a schema: an output that cannot be stored
task("bad.schema", { input: Url }, ({ url }) => ({ url, tags: new Set([url]) }));
//: task with a schema: a field that the schema does not have
task("bad.field", { input: Url }, ({ uri }) => ({ uri }));
//: task with an output schema: another literal
task("bad.literal", { input: Url, output: Iso }, ({ url }) => ({ iso: 1, make: "leica" }));
//: task: a misspelt option
task("bad.option", { input: Url, que: "a" }, ({ url }) => url);
//: task: no code
task("bad.code", { input: Url });
//: contract: no output schema
contract("bad.contract", { input: Url });
//: implement: another output
implement(exif, ({ url }) => ({ iso: url, make: "canon" }));
//: func: an optional parameter
func("bad.optional", (a: number, b?: number) => a + (b ?? 2));
//: func: a rest parameter
func("bad.rest", (...all: number[]) => all.length);
//: with: options that are not known, or have the wrong unit
download.with({ retries: 3 });
download.with({ timeout: "30 sec" });
download.with({ priority: 10 });
//: ignoreInput: no value where one is needed
exif.ignoreInput();
//: ignoreInput: a value of another type
exif.ignoreInput({ url: 3 });
//: workflow: the schema gives something else than the canvas takes
workflow("bad.workflow", count, { input: Url });
//: workflow: a function in the place of the canvas
workflow("bad.canvas", (input: { url: string }) => input.url);
