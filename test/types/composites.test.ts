import { expect, expectTypeOf, test } from "vitest";
import {
  any,
  batch,
  chain,
  choose,
  chunks,
  func,
  group,
  jsonSchema,
  loop,
  map,
  mapSettled,
  quorum,
  race,
  settled,
  signal,
  sleep,
  starmap,
  task,
} from "@arpeggio/core";
import type {
  Canvas,
  Compensation,
  Failure,
  In,
  ItemOutcome,
  NameOf,
  NodeFailure,
  Out,
  Ref,
  ScopeEnd,
} from "@arpeggio/core";

interface Order {
  readonly id: string;
  readonly state: "open" | "paid" | "lost";
  readonly isUrgent: boolean;
  readonly items: number;
}
const place = task("order.place", (what: { sku: string }): Order => ({
  id: what.sku,
  state: "open",
  isUrgent: false,
  items: 1,
}));
const poll = task("order.poll", (order: Order): Order => order);
const ship = task("order.ship", (order: { id: string }) => ({ parcel: order.id }));
const refuse = task("order.refuse", (order: { id: string }) => `no ${order.id}`);
const count = task("count", (order: { id: string }) => order.id.length);
const sum = task("sum", (numbers: readonly number[]) => numbers.length);
const add = func("math.add", (a: number, b: number) => a + b);
const half = func("math.half", (a: number) => a / 2);

test("race and any give one of the outputs, quorum a list of them", () => {
  const first = race([ship, refuse, count]);
  expectTypeOf<Out<typeof first>>().toEqualTypeOf<{ parcel: string } | string | number>();
  expectTypeOf<NameOf<typeof first>>().toEqualTypeOf<"race">();
  expectTypeOf<{ id: string }>().toExtend<In<typeof first>>();
  const good = any({ a: ship, b: refuse });
  expectTypeOf<Out<typeof good>>().toEqualTypeOf<{ parcel: string } | string>();
  const most = quorum(2, [ship, refuse, refuse]);
  expectTypeOf<Out<typeof most>>().toEqualTypeOf<({ parcel: string } | string)[]>();
});

test("members take the intersection of what they want", () => {
  const both = race([place, ship]);
  expectTypeOf<{ sku: string; id: string }>().toExtend<In<typeof both>>();
  expectTypeOf<{ sku: string }>().not.toExtend<In<typeof both>>();
});

test("settled gives the outcome of a canvas, and of each member of a group", () => {
  const one = settled(ship);
  expectTypeOf<Out<typeof one>>().toEqualTypeOf<ItemOutcome<{ parcel: string }>>();
  const tuple = settled(group([ship, count]));
  expectTypeOf<Out<typeof tuple>>().toEqualTypeOf<[ItemOutcome<{ parcel: string }>, ItemOutcome<number>]>();
  const named = settled(group({ s: ship, n: count }).with({ queue: "q" }), { maxFailures: "50%" });
  expectTypeOf<Out<typeof named>>().toEqualTypeOf<{ s: ItemOutcome<{ parcel: string }>; n: ItemOutcome<number> }>();
  const members = settled([ship, count], { maxFailures: 1 });
  expectTypeOf<Out<typeof members>>().toEqualTypeOf<[ItemOutcome<{ parcel: string }>, ItemOutcome<number>]>();
  const whole = settled(group([ship, count]).named("both"));
  expectTypeOf<Out<typeof whole>>().toEqualTypeOf<ItemOutcome<[{ parcel: string }, number]>>();
  const wide: Canvas<{ id: string }, [{ parcel: string }, number]> = group([ship, count]);
  const either = settled(wide);
  expectTypeOf<[ItemOutcome<{ parcel: string }>, ItemOutcome<number>]>().toExtend<Out<typeof either>>();
  expectTypeOf<ItemOutcome<[{ parcel: string }, number]>>().toExtend<Out<typeof either>>();
});

test("maps of all kinds lift their body to lists", () => {
  const windowed = map(chain(poll, ship), { concurrency: 8 });
  expectTypeOf<Out<typeof windowed>>().toEqualTypeOf<{ parcel: string }[]>();
  const flat = map(ship, { chunk: 50 });
  expectTypeOf<In<typeof flat>>().toEqualTypeOf<readonly { id: string }[]>();
  expectTypeOf<Out<typeof flat>>().toEqualTypeOf<{ parcel: string }[]>();
  const nested = chunks(ship.with({ queue: "q" }), 50);
  expectTypeOf<In<typeof nested>>().toEqualTypeOf<readonly { id: string }[]>();
  expectTypeOf<Out<typeof nested>>().toEqualTypeOf<{ parcel: string }[][]>();
  const batched = batch(sum, 10);
  expectTypeOf<In<typeof batched>>().toEqualTypeOf<readonly number[]>();
  expectTypeOf<Out<typeof batched>>().toEqualTypeOf<number[]>();
  const tolerant = mapSettled(ship, { concurrency: 2, maxFailures: 3 });
  expectTypeOf<Out<typeof tolerant>>().toEqualTypeOf<ItemOutcome<{ parcel: string }>[]>();
  const pairs = starmap(add);
  expectTypeOf<In<typeof pairs>>().toEqualTypeOf<readonly (readonly [a: number, b: number])[]>();
  expectTypeOf<Out<typeof pairs>>().toEqualTypeOf<number[]>();
  const ones = starmap(half.with({ queue: "q" }));
  expectTypeOf<In<typeof ones>>().toEqualTypeOf<readonly (readonly [a: number])[]>();
});

test("a choice gives what one of its cases gives", () => {
  const byField = place.choose((order) => order.state, { open: ship, paid: count, lost: refuse });
  expectTypeOf<In<typeof byField>>().toEqualTypeOf<{ sku: string }>();
  expectTypeOf<Out<typeof byField>>().toEqualTypeOf<{ parcel: string } | number | string>();
  const withRest = place.choose((order) => order.state, { open: ship }, count);
  expectTypeOf<Out<typeof withRest>>().toEqualTypeOf<{ parcel: string } | number>();
  const byNumber = place.choose((order) => order.items, { 1: ship }, count);
  expectTypeOf<Out<typeof byNumber>>().toEqualTypeOf<{ parcel: string } | number>();
  const byTruth = place.choose((order) => order.isUrgent, { true: ship, false: count });
  expectTypeOf<Out<typeof byTruth>>().toEqualTypeOf<{ parcel: string } | number>();
  const judge = task("judge", (order: { items: number }) => (order.items > 1 ? "many" : "one"));
  const byCanvas = choose(judge, { many: ship, one: count });
  expectTypeOf<{ id: string; items: number }>().toExtend<In<typeof byCanvas>>();
  expectTypeOf<{ id: string }>().not.toExtend<In<typeof byCanvas>>();
  expectTypeOf<Out<typeof byCanvas>>().toEqualTypeOf<{ parcel: string } | number>();
  const byMapping = choose((order: Ref<Order>) => order.state, { open: ship }, refuse);
  expectTypeOf<Order>().toExtend<In<typeof byMapping>>();
  const maybe = task("maybe", (): { kind?: "a" } => ({}));
  const missing = maybe.choose((x) => x.kind, { a: sleep(1), null: sleep(1) });
  expectTypeOf<Out<typeof missing>>().toEqualTypeOf<unknown>();
});

test("when hands the value on where there is nothing else to do", () => {
  const handedOn = place.when((order) => order.isUrgent, ship);
  expectTypeOf<Out<typeof handedOn>>().toEqualTypeOf<Order | { parcel: string }>();
  const other = place.when((order) => order.isUrgent, ship, count);
  expectTypeOf<Out<typeof other>>().toEqualTypeOf<number | { parcel: string }>();
});

test("a loop gives what its body gives", () => {
  const polled = loop(poll, { until: (order) => order.isUrgent, max: 10, every: "5s" });
  expectTypeOf(polled).toEqualTypeOf<Canvas<Order, Order, "loop(order.poll)">>();
  const inChain = place.pipe(polled);
  expectTypeOf<Out<typeof inChain>>().toEqualTypeOf<Order>();
});

test("a signal takes anything and gives its payload", () => {
  expectTypeOf(signal("go")).toEqualTypeOf<Canvas<unknown, unknown, "signal(go)">>();
  const approval = signal("approved", jsonSchema<{ by: string }>({ type: "object" }), { timeout: "2d" });
  expectTypeOf<Out<typeof approval>>().toEqualTypeOf<{ by: string }>();
  const chained = chain(place, approval);
  expectTypeOf<Out<typeof chained>>().toEqualTypeOf<{ by: string }>();
});

test("a sleep hands on what comes from above", () => {
  expectTypeOf<Out<ReturnType<typeof slept>>>().toEqualTypeOf<{ parcel: string }>();
  function slept() {
    return place.sleep("5m").pipe(ship);
  }
  expectTypeOf(sleep<Order>("5m")).toEqualTypeOf<Canvas<Order, Order, "sleep">>();
  expectTypeOf(sleep("5m")).toEqualTypeOf<Canvas<unknown, unknown, "sleep">>();
});

test("handlers get the failure, with the input of what has failed", () => {
  const cached = task("cached", (failure: Failure<{ sku: string }>): Order & { readonly isCached: true } => {
    expectTypeOf(failure.error).toEqualTypeOf<NodeFailure>();
    expectTypeOf(failure.failures).toEqualTypeOf<readonly NodeFailure[]>();
    return { id: failure.input.sku, state: "open", isUrgent: false, items: 1, isCached: true };
  });
  const recovered = place.recover(cached).pipe(ship);
  expectTypeOf<In<typeof recovered>>().toEqualTypeOf<{ sku: string }>();
  const text = place.recover(task("text", (failure: { error: { message: string } }) => failure.error.message));
  expectTypeOf<Out<typeof text>>().toEqualTypeOf<Order | string>();
  expectTypeOf<NameOf<typeof text>>().toEqualTypeOf<"order.place">();
  const told = place.onError(task("tell", (failure: Failure) => failure.error.message));
  expectTypeOf<Out<typeof told>>().toEqualTypeOf<Order>();
  const undone = place.compensate(task("undo", (done: Compensation<{ sku: string }, Order>) => done.output.id));
  expectTypeOf<Out<typeof undone>>().toEqualTypeOf<Order>();
  const ended = place.finally(task("end", (end: ScopeEnd<{ sku: string }, Order>) => (end.ok ? end.value.id : "")));
  expectTypeOf<Out<typeof ended>>().toEqualTypeOf<Order>();
  // @ts-expect-error the input has no 'url'
  place.onError(task("wrong", (failure: Failure<{ url: string }>) => failure.input.url));
});

test("timing keeps the types; a task's definition has no moment", () => {
  const later = place.with({ at: "2027-01-01T00:00:00Z", within: "1h" });
  expectTypeOf(later).toEqualTypeOf(place);
  task("delayed", { delay: "5m", expires: "1h" }, (n: number) => n);
  // @ts-expect-error a moment belongs to one place in a canvas
  expect(() => task("at", { at: new Date() }, (n: number) => n)).toThrow("option 'at'");
});
