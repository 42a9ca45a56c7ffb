// Every statement below a line that begins with two slashes and a colon is wrong. What the compiler says is compared with ../flow-messages.txt.
import {
  and, eq, exists, flow, gt, group, lt, map, not, or, size, t, task,
  type Ref, type SchemaOut,
} from "@arpeggio/core";

const download = task("file.download", async (input: { url: string }) => ({ path: input.url, bytes: 10 }));
const resize = task("image.resize", (input: { path: string; width: number; format?: "webp" | "jpeg" }) => ({ path: input.path }));
const count = task("file.count", (input: { path: string }) => input.path.length);
const sum = task("math.sum", (xs: readonly number[]) => xs.length);
const Shape = t.object({ key: t.string(), width: t.optional(t.int()) });
type Page = { url: string; kind: "html" | "pdf"; size: number; tags: string[]; at: Date; title?: string };

//: flow: an input of another type
flow((input: Ref<Page>, step) => step(count, { path: input.size }));
//: flow: a field missing
flow((input: Ref<Page>, step) => step(resize, { path: input.url }));
//: flow: a result that does not fit
flow((input: Ref<Page>, step) => step(resize, step(download, input)));
//: flow: a field that nobody takes
flow((input: Ref<Page>, step) => step(resize, { path: input.url, width: 3, fromat: "webp" }));
//: flow: a constant that is none of the literals
flow((input: Ref<Page>, step) => step(resize, { path: input.url, width: 3, format: "gif" }));
//: flow: what may be missing where it is needed
flow((input: Ref<Page>, step) => step(count, { path: input.title }));
//: flow: a list for a map of other items
flow((input: Ref<Page>, step) => step(map(count), input.tags));
//: flow: a group with a member that wants more
flow((input: Ref<Page>, step) => step(group([count, resize]), { path: input.url }));
//: flow: an input left out
flow((_, step) => step(count));
//: flow: a step that is no canvas
flow((input: Ref<Page>, step) => step((page: Page) => page.url, input));
//: flow: `after` something that is no reference
flow((input: Ref<Page>, step) => step(count, { path: input.url }, { after: [download] }));
//: flow: a misspelt field of the input
flow((input: Ref<Page>) => input.ulr);
//: flow: its input has no type
flow((input, step) => step(download, input));
//: flow after a canvas: a field that its result does not have
download.flow((file, step) => step(count, { path: file.url }));
//: flow: computing with a result
flow((input: Ref<Page>, step) => step(sum, [step(count, { path: input.url }) + 1]));
//: the canvas of a flow, in a chain
download.pipe(flow((n: Ref<number>) => n));
//: operators: a number and a text
download.select((file) => eq(file.bytes, "10"));
//: operators: a literal that is none of the values
flow((input: Ref<Page>) => eq(input.kind, "htm"));
//: operators: order of a number and a text
download.select((file) => lt(file.bytes, file.path));
//: operators: order of what has none
flow((input: Ref<Page>) => gt(input.tags, 3));
//: operators: order of a Date and a number
flow((input: Ref<Page>) => gt(input.at, 3));
//: operators: a condition that is none
flow((input: Ref<Page>) => and(eq(input.url, "x"), input.size));
//: operators: not of what is no condition
flow((input: Ref<Page>) => not(input.url));
//: operators: size of a number
flow((input: Ref<Page>) => size(input.size));
//: operators: exists of what is there anyway
exists(3);
//: a comparison in a mapping
download.select((file) => ({ big: file.bytes > 100 }));
//: equality in a mapping
download.select((file) => ({ same: file.path === "x" }));
//: adding in a mapping
download.select((file) => file.bytes + 1);
//: t: a value of another type
const wrong: SchemaOut<typeof Shape> = { key: "a", width: "b" };
//: t: a task that takes something else
task("t.task", { input: Shape }, (input: { key: number }) => input.key);
//: t: a task that gives something else
task("t.task", { output: Shape }, () => ({ key: "a", width: "b" }));
//: t: an option that there is none of
t.string({ minimum: 3 });
//: t: what is no schema
t.array("string");
//: t: optional outside of an object
t.array(t.optional(t.string()));
