import {
  chain,
  group,
  jsonSchema,
  task,
  workflow,
  type App,
  type RunHandle,
  type RunInput,
  type Startable,
  type TaskSource,
} from "arpeggio";
import { expectTypeOf, test } from "vitest";

const length = task("length", (text: string) => text.length);
const now = task("now", () => new Date(0));
const Order = jsonSchema<{ count: number }>({ type: "object" });
const order = workflow(
  "order",
  task("take", ({ count }: { count: number }) => String(count)),
  { input: Order },
);

/** What `run` of each of these gives; never called. */
function started(app: App) {
  return {
    task: app.run(length, "text"),
    canvas: app.run(chain(length, group({ half: task("half", (n: number) => n / 2) })), "text", { id: "r1" }),
    workflow: app.workflow(order).run({ count: 1 }, { timeout: "5m", defaults: { retry: 3 } }),
    noInput: app.run(now),
    noInputWithOptions: app.run(now, undefined, { labels: { a: "b" } }),
    startable: app.workflow(order),
    attached: app.attach<string>("r1"),
    unknown: app.attach("r1"),
  };
}

function wrong(app: App): void {
  // @ts-expect-error the input is a number, the task takes text
  void app.run(length, 5);
  // @ts-expect-error there is no input, the task takes text
  void app.run(length);
  // @ts-expect-error a field is missing
  void app.workflow(order).run({});
  // @ts-expect-error there is no such option
  void app.run(length, "text", { label: {} });
  // @ts-expect-error it is no canvas
  void app.run(() => 1, 1);
  // @ts-expect-error it is a promise of a canvas
  void app.run(Promise.resolve(length), "text");
}

test("what comes out of run() has the type of the canvas", () => {
  type Started = ReturnType<typeof started>;
  expectTypeOf<Started["task"]>().toEqualTypeOf<Promise<RunHandle<number>>>();
  expectTypeOf<Started["canvas"]>().toEqualTypeOf<Promise<RunHandle<{ half: number }>>>();
  expectTypeOf<Started["workflow"]>().toEqualTypeOf<Promise<RunHandle<string>>>();
  expectTypeOf<Started["noInput"]>().toEqualTypeOf<Promise<RunHandle<Date>>>();
  expectTypeOf<Started["noInputWithOptions"]>().toEqualTypeOf<Promise<RunHandle<Date>>>();
  expectTypeOf<Started["startable"]>().toEqualTypeOf<Startable<typeof order>>();
  expectTypeOf<Started["attached"]>().toEqualTypeOf<RunHandle<string>>();
  expectTypeOf<Started["unknown"]>().toEqualTypeOf<RunHandle<unknown>>();
  expectTypeOf<RunInput<typeof order>>().toEqualTypeOf<{ count: number }>();
  expectTypeOf(wrong).toBeFunction();
});

test("a handle of something is one of anything wider", () => {
  expectTypeOf<RunHandle<number>>().toExtend<RunHandle<number | string>>();
  expectTypeOf<RunHandle<number>>().toExtend<RunHandle<unknown>>();
  expectTypeOf<RunHandle<number>>().not.toExtend<RunHandle<string>>();
  expectTypeOf<RunHandle<number>>().not.toExtend<PromiseLike<unknown>>();
});

test("tasks of all kinds are what workers take", () => {
  expectTypeOf(length).toExtend<TaskSource>();
  expectTypeOf(now).toExtend<TaskSource>();
});
