// Every statement below a line that begins with two slashes and a colon is wrong. What the compiler says is compared with ../composite-messages.txt.
import {
  any, batch, chain, choose, chunks, eq, func, group, jsonSchema, loop, map, mapSettled, quorum, race, settled, signal, sleep, starmap, task,
  type Compensation, type Failure, type Ref, type ScopeEnd,
} from "@arpeggio/core";

interface Order { readonly id: string; readonly state: "open" | "paid" | "lost"; readonly isUrgent: boolean; readonly items: number }
const place = task("order.place", (input: { sku: string }): Order => ({ id: input.sku, state: "open", isUrgent: false, items: 1 }));
const poll = task("order.poll", (order: Order) => order);
const ship = task("order.ship", (order: { id: string }) => ({ parcel: order.id }));
const refuse = task("order.refuse", (order: { id: string }) => `no ${order.id}`);
const download = task("file.download", (input: { url: string }) => ({ path: input.url }));
const sniff = task("file.sniff", (input: { path: string }) => (input.path === "" ? "jpg" : "pdf"));
const resize = task("image.resize", (input: { path: string; width: number }) => ({ path: input.path }));
const name = task("file.name", (input: { path: string }) => input.path);
const sum = task("math.sum", (numbers: readonly number[]) => numbers.length);
const add = func("math.add", (a: number, b: number) => a + b);

//: race, any, quorum: of nothing
race([]);
any({});
quorum(1, []);
//: race: a member that is no canvas
race([ship, (order: Order) => order.id]);
//: race: the step after it forgets one of the results
chain(place, race([ship, refuse]), task("parcel", (x: { parcel: string }) => x));
//: any: a member that wants more
chain(place, any({ a: ship, b: download }));
//: quorum: the members without their number
quorum([ship, refuse]);
//: settled: the step after it forgets the failure
chain(place, settled(ship), task("parcel", (x: { parcel: string }) => x));
//: settled: of a group, the step after it forgets the failures
chain(place, settled(group([ship, refuse])), task("both", (x: [{ parcel: string }, string]) => x));
//: settled: a limit for one canvas
settled(ship, { maxFailures: 1 });
//: settled, mapSettled: a share that is none
settled(group([ship, refuse]), { maxFailures: "ten" });
mapSettled(ship, { maxFailures: "10 %" });
//: map: an option that is not known
map(ship, { concurency: 3 });
//: map: chunks of what is no task by itself
map(chain(poll, ship), { chunk: 50 });
//: chunks: what is no task by itself
chunks(resize.s({ width: 3 }), 50);
//: chunks: no size
chunks(ship);
//: batch: a body that takes no list
batch(ship, 10);
//: batch: a body that takes a tuple
batch(add, 10);
//: starmap: what is no func
starmap(ship);
//: starmap: a func with arguments given
starmap(add.s(2));
//: starmap: tuples of other items
chain(task("pairs", (): [string, number][] => []), starmap(add));
//: choose: a case is missing
place.choose((order) => order.state, { open: ship });
//: choose: a case that is never meant
place.choose((order) => order.state, { open: ship, payed: ship }, refuse);
//: choose: any number may come
place.choose((order) => order.items, { 1: ship });
//: choose: by an object
place.choose((order) => order, { 1: ship }, refuse);
//: choose: a case that takes something else
place.choose((order) => order.state, { open: ship, paid: download, lost: refuse });
//: choose: the canvas for the rest takes something else
place.choose((order) => order.state, { open: ship }, download);
//: choose: a case that is no canvas
place.choose((order) => order.state, { open: ship, paid: 3, lost: refuse });
//: choose: a misspelt field
place.choose((order) => order.sate, { open: ship }, refuse);
//: choose: a comparison
place.choose((order) => order.state === "open", { true: ship, false: refuse });
//: choose: by a canvas, a case is missing
choose(sniff, { jpg: resize });
//: choose: by a canvas, the input has to fit all cases
chain(download, choose(sniff, { jpg: resize, pdf: name }));
//: choose: by a mapping, a case is missing
choose((order: Ref<Order>) => order.state, { open: ship, paid: ship });
//: when: a test that is no condition
place.when((order) => order.items > 3, ship);
place.when((order) => order.items, ship);
//: when: what is done takes something else
place.when((order) => order.isUrgent, download);
//: when: what is done else takes something else
place.when((order) => order.isUrgent, ship, download);
//: when: the step after it forgets that the value may be handed on
place.when((order) => order.isUrgent, ship).pipe(task("parcel", (x: { parcel: string }) => x));
//: loop: a body that does not take what it gives
loop(ship, { until: (result) => eq(result.parcel, "x"), max: 3 });
//: loop: no max
loop(poll, { until: (order) => order.isUrgent });
//: loop: a condition that is none
loop(poll, { until: (order) => order.state, max: 3 });
//: loop: a comparison
loop(poll, { until: (order) => order.state !== "open", max: 3 });
//: loop: a misspelt field
loop(poll, { until: (order) => order.urgent, max: 3 });
//: loop: a wrong unit
loop(poll, { until: (order) => order.isUrgent, max: 3, every: "5 min" });
//: signal: the step after it takes another payload
chain(signal("approved", jsonSchema<{ by: string }>({})), task("next", (x: { by: number }) => x));
//: signal: a payload that nothing is known of
chain(signal("approved"), task("next", (x: { by: string }) => x));
//: sleep: the step after it, where nothing is said of the value
chain(place, sleep("5m"), ship);
//: onError: a handler that wants another input
place.onError(task("alarm", (failure: Failure<{ url: string }>) => failure.input.url));
//: onError: a function for a handler
place.onError((failure: Failure) => failure.error);
//: recover: a handler that takes something else
place.recover(task("cached", (failure: { error: { reason: string } }) => failure.error.reason));
//: recover: the step after it forgets what the handler gives
place.recover(task("cached", (failure: Failure) => failure.error.message)).pipe(ship);
//: compensate: an undo of another output
place.compensate(task("undo", (done: Compensation<{ sku: string }, { parcel: string }>) => done.output.parcel));
//: finally: a handler that looks only at the good end
place.finally(task("end", (end: { ok: true; value: Order }) => end.value.id));
//: finally: a handler of another output
place.finally(task("end", (end: ScopeEnd<{ sku: string }, { parcel: string }>) => end.ok));
//: with: a moment and a window that are none
place.with({ at: 1_800_000_000_000 });
place.with({ concurrency: "3" });
place.with({ delay: "soon" });
//: task: a moment in the definition
task("bad.at", { at: new Date() }, (n: number) => n);
//: replaceWith: a canvas that gives something else
task("bad.replacement", { output: jsonSchema<string>({}) }, (order: Order, ctx) => ctx.replaceWith(ship, order));
//: replaceWith: an input of another type
task("bad.replacement", (url: string, ctx) => ctx.replaceWith(ship, { url }));
//: replaceWith: no input where one is needed
task("bad.replacement", (_: string, ctx) => ctx.replaceWith(ship));
