import { setTimeout as sleep } from "node:timers/promises";
import { chain, group, RunFailedError, task, type App, type TaskContext } from "arpeggio";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { refusal } from "./refusal.ts";

const increment = task("increment", (n: number) => n + 1);
const trap = () => {
  throw new Error("trap");
};
const proxy = () => new Proxy({}, { get: trap, getPrototypeOf: trap, ownKeys: trap, has: trap });

const circular = new Error("circular");
circular.cause = circular;
const longCauses = Array.from({ length: 5_000 }).reduce<Error>((cause, _, i) => new Error(`${i}`, { cause }), circular);
const unreadable = Object.defineProperty(new Error("hidden"), "message", { get: trap });
const megabytes = "x".repeat(3_000_000);

const nested = (levels: number) => {
  let value: unknown = 1;
  for (let i = 0; i < levels; i++) value = { a: value };
  return value;
};
const cycle: Record<string, unknown> = {};
cycle["self"] = cycle;

const keysIn = (value: unknown) => Object.keys((value as { inner: object }).inner);

/** Whatever a handler does, its run ends, and the next one is run. */
export function hostileHandlersSuite(open: () => Promise<App>): void {
  let app: App;
  let count = 0;
  beforeAll(async () => {
    app = await open();
  });
  afterAll(() => app.close());

  const named = (handler: (input: unknown, context: TaskContext) => unknown) =>
    task(`hostile-${count++}`, handler as (input: unknown, context: TaskContext) => null);

  async function failureOf(result: Promise<unknown>): Promise<RunFailedError["failure"]> {
    const error = await refusal(() => result);
    expect(error).toBeInstanceOf(RunFailedError);
    return (error as RunFailedError).failure;
  }

  describe("what it throws", () => {
    test.each<[string, unknown, RegExp]>([
      ["undefined", undefined, /undefined/],
      ["null", null, /null/],
      ["a text", "no reason", /no reason/],
      ["NaN", Number.NaN, /NaN/],
      ["a bigint", 5n, /5/],
      ["a symbol", Symbol("why"), /why/],
      ["a frozen object", Object.freeze({ a: 1 }), /{"a":1}/],
      ["a function", trap, /trap/],
      ["a proxy whose traps throw", proxy(), /cannot be read/],
      ["an error that cannot be read", unreadable, /cannot be read/],
      ["an error that is its own cause", circular, /circular/],
      ["an error with thousands of causes", longCauses, /4999/],
      ["half a character", new Error("\ud800!"), /!/],
    ])("%s", async (_, thrown, message) => {
      for (const handler of [
        () => {
          throw thrown;
        },
        async () => {
          await Promise.resolve();
          throw thrown;
        },
      ]) {
        const failure = await failureOf((await app.run(named(handler), 1)).result());
        expect(failure).toMatchObject({ code: "TASK_FAILED", attempt: 1 });
        expect(failure.message).toMatch(message);
      }
    });

    test("megabytes of text, in every place", async () => {
      const error = Object.assign(new Error(megabytes), { name: megabytes, code: megabytes, stack: megabytes });
      for (const thrown of [error, megabytes, { megabytes }]) {
        const result = (
          await app.run(
            named(() => Promise.reject(thrown as Error)),
            1,
          )
        ).result();
        await expect(result).rejects.toMatchObject({
          code: "RUN_FAILED",
          failure: { code: "TASK_FAILED", attempt: 1 },
        });
      }
    });

    test("the code of another library's delay, without a delay", async () => {
      for (const delayMs of [Number.NaN, -1, "soon"]) {
        const thrown = Object.assign(new Error("busy"), { code: "TASK_RETRY_LATER", delayMs });
        const failure = await failureOf(
          (
            await app.run(
              named(() => Promise.reject(thrown)),
              1,
            )
          ).result(),
        );
        expect(failure).toMatchObject({ code: "TASK_FAILED" });
      }
    });
  });

  describe("what it returns", () => {
    test.each<[string, unknown, unknown?]>([
      ["undefined", undefined, null],
      ["NaN", Number.NaN],
      ["Infinity", -Infinity],
      ["a huge bigint", -(2n ** 20_000n)],
      ["400 levels", nested(400)],
      ["keys with a meaning of their own", JSON.parse('{"constructor": 2, "toString": 3, "length": 4}')],
      ["a Buffer", Buffer.from("abc"), new Uint8Array([97, 98, 99])],
      ["a list with holes", Object.assign([], { 2: "c" }), [null, null, "c"]],
      ["undefined inside", { a: undefined, b: [undefined] }, { b: [null] }],
      ["dates and bytes", [new Date(8.64e15), new Uint8Array(3)]],
      ["numbers at the edges", [2 ** 53, -(2 ** 31) - 1, 5e-324, 1.7e308]],
      ["odd keys", { "": 1, "a.b/c": 2, 1: 3 }],
    ])("%s", async (_, value, expected = value) => {
      const run = await app.run(
        named(() => value),
        1,
      );
      expect(await run.result()).toStrictEqual(expected);
    });

    test("a key named __proto__ comes back as a key or is refused, and reaches no prototype", async () => {
      const value: unknown = JSON.parse('{"inner": {"__proto__": {"polluted": true}}}');
      const [result] = await Promise.allSettled([
        (
          await app.run(
            named(() => value),
            1,
          )
        ).result(),
      ]);
      const seen =
        result.status === "fulfilled" ? keysIn(result.value) : (result.reason as RunFailedError).failure.code;
      expect([["__proto__"], "TASK_RESULT_NOT_SERIALISABLE"]).toContainEqual(seen);
      expect({}).not.toHaveProperty("polluted");
    });

    test("ten megabytes", async () => {
      const run = await app.run(
        chain(
          named(() => Buffer.alloc(10_000_000, 7)),
          named((bytes) => bytes),
        ),
        1,
      );
      const bytes = (await run.result()) as unknown as Uint8Array;
      expect(Buffer.alloc(10_000_000, 7).equals(bytes)).toBe(true);
    });

    test.each<[string, unknown, string]>([
      ["a function inside", { a: [trap] }, ".a[0] is a function"],
      ["a Map", { found: new Map() }, ".found is an instance of Map"],
      ["a promise inside", { a: Promise.resolve() }, ".a is an instance of Promise"],
      ["a cycle", cycle, ".self contains itself"],
      ["100,000 levels", nested(100_000), ".a.a"],
      ["an invalid date", [new Date(Number.NaN)], "[0] is an invalid"],
      ["a field that throws", Object.defineProperty({}, "a", { get: trap, enumerable: true }), "trap"],
    ])("%s is refused with its path", async (_, value, message) => {
      const failure = await failureOf((await app.run(named(() => value).with({ retry: 3 }), 1)).result());
      expect(failure).toMatchObject({ code: "TASK_RESULT_NOT_SERIALISABLE", attempt: 1 });
      expect(failure.message).toContain(message);
      expect(failure.message.length).toBeLessThan(1_000);
    });

    test("a proxy, or what is like a promise and throws", async () => {
      const then = ["th", "en"].join("");
      const thrower = Object.defineProperty({}, then, { value: trap });
      const getter = Object.defineProperty({}, then, { get: trap });
      for (const value of [proxy(), thrower, getter]) {
        const failure = await failureOf(
          (
            await app.run(
              named(() => value),
              1,
            )
          ).result(),
        );
        expect(failure.message).toContain("trap");
      }
    });
  });

  describe("what it does meanwhile and later", () => {
    test("it changes its input, and nobody else sees that", async () => {
      type Shared = { list: number[]; inner: { a: number } };
      const change = task("change", (input: Shared) => {
        input.list.push(9);
        input.inner.a = 2;
        return input;
      });
      const look = task("look", (input: Shared) => input);
      const before = { list: [1], inner: { a: 1 } };
      const after = { list: [1, 9], inner: { a: 2 } };
      const expected = [after, after, before];
      expect(await (await app.run(group([change, change, look]), before)).result()).toEqual(expected);
      const make = task("make-shared", (_input: unknown) => structuredClone(before));
      expect(await (await app.run(chain(make, group([change, change, look])), 1)).result()).toEqual(expected);
      expect(before).toEqual({ list: [1], inner: { a: 1 } });
    });

    test("it never ends: its timeout ends it, and its slot is free again", async () => {
      const deaf = named(() => new Promise(() => {})).with({ timeout: 20 });
      const runs = await Promise.all(Array.from({ length: 30 }, () => app.run(deaf, 1)));
      const codes = await Promise.all(runs.map(async (run) => (await failureOf(run.result())).code));
      expect(new Set(codes)).toEqual(new Set(["TASK_TIMED_OUT"]));
      expect(await (await app.run(increment, 1)).result()).toBe(2);
    });

    test("it goes on after its time is over, and says things then", async () => {
      let left: TaskContext | undefined;
      let end = () => {};
      const over = new Promise<void>((resolve) => (end = resolve));
      const late = named(async (_, context) => {
        left = context;
        await new Promise((resolve) => context.signal.addEventListener("abort", resolve));
        await sleep(5);
        context.log("still here");
        end();
        return "too late";
      });
      const run = await app.run(late.with({ timeout: 20 }), 1);
      expect(await failureOf(run.result())).toMatchObject({ code: "TASK_TIMED_OUT" });
      await over;
      left?.log("and now");
      left?.progress(Number.NaN, -1);
      expect(left?.signal.aborted).toBe(true);
      expect(await run.status()).toMatchObject({ state: "failed" });
    });

    test("it says what cannot be sent", async () => {
      const chatty = named((_, { log, progress }) => {
        log(megabytes);
        log("a function", trap);
        log("a cycle", cycle);
        log(undefined as never, megabytes);
        progress(Number.NaN, Infinity);
        progress("x" as never, {} as never);
        return "said";
      });
      expect(await (await app.run(chatty, 1)).result()).toBe("said");
    });
  });
}
