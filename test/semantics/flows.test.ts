import { randomUUID } from "node:crypto";
import {
  and,
  createApp,
  eq,
  exists,
  flow,
  group,
  gt,
  loop,
  lt,
  map,
  nats,
  ne,
  size,
  t,
  task,
  workflow,
  type App,
  type Ref,
} from "arpeggio";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startNatsServer, type NatsServer } from "../support/nats-server.ts";

/** What the tasks of a test have done, in the order in which they did it, and who waits for it. */
class History {
  readonly #done: string[] = [];
  readonly #waiting = new Map<string, () => void>();

  add(what: string): void {
    this.#done.push(what);
    this.#waiting.get(what)?.();
  }
  async until(what: string): Promise<void> {
    if (!this.#done.includes(what)) await new Promise<void>((resolve) => this.#waiting.set(what, resolve));
  }
  /** Each once: an attempt may be delivered twice. */
  all(): readonly string[] {
    return [...new Set(this.#done)];
  }
}
const histories = new Map<string, History>();
function newHistory(): { readonly key: string; readonly history: History } {
  const [key, history] = [randomUUID(), new History()];
  histories.set(key, history);
  return { key, history };
}

interface Told {
  readonly key: string;
  readonly name: string;
  readonly awaits?: string;
  readonly read?: unknown;
}
const tell = task("flow.tell", async ({ key, name, awaits }: Told) => {
  const history = histories.get(key) as History;
  history.add(`${name} begins`);
  if (awaits !== undefined) await history.until(awaits);
  history.add(`${name} ends`);
  return name;
});
const fail = task("flow.fail", (input: { name: string }): number => {
  throw new Error(`${input.name} has failed`);
});
const increment = task("flow.increment", (n: number) => n + 1);
const add = task("flow.add", (input: { a: number; b: number }) => input.a + input.b);
const wrap = task("flow.wrap", (n: number) => ({ n, items: Array.from({ length: n }, (_, i) => i) }));

const suite = (open: () => Promise<App>): void => {
  let app: App;
  beforeAll(async () => {
    app = await open();
  });
  afterAll(() => app.close());

  test("the output has the shape that the function gives", async () => {
    const canvas = flow((input: Ref<{ n: number; text: string }>, step) => {
      const two = step(increment, input.n);
      const sum = step(add, { a: two, b: input.n });
      return { sum, list: [two, input.text, null], all: input, fixed: { a: [1] } };
    });
    const run = await app.run(canvas, { n: 1, text: "x" });
    expect(await run.result()).toEqual({ sum: 3, list: [2, "x", null], all: { n: 1, text: "x" }, fixed: { a: [1] } });
  });

  test("a step waits for what it reads, and for nothing that stands before it", async () => {
    const { key, history } = newHistory();
    const canvas = flow((_, step) => {
      // The slow one ends only when what comes after the quick one has begun.
      const slow = step(tell, { key, name: "slow", awaits: "after quick begins" });
      const quick = step(tell, { key, name: "quick" });
      return [slow, step(tell, { key, name: "after quick", read: quick })];
    });
    expect(await (await app.run(canvas)).result()).toEqual(["slow", "after quick"]);
    const all = history.all();
    expect(all.indexOf("quick ends")).toBeLessThan(all.indexOf("after quick begins"));
    expect(all.indexOf("after quick begins")).toBeLessThan(all.indexOf("slow ends"));
  });

  test("`after` is an order without data", async () => {
    const { key, history } = newHistory();
    const canvas = flow((_, step) => {
      const first = step(tell, { key, name: "first" });
      const both = step(group([tell, tell]), { key, name: "both" }, { after: [first] });
      return step(tell, { key, name: "last" }, { after: [first, both] });
    });
    expect(await (await app.run(canvas)).result()).toBe("last");
    const phases = ["first begins", "first ends", "both begins", "both ends", "last begins", "last ends"];
    expect(history.all()).toEqual(phases);
  });

  test("a step that nobody reads runs, and the run waits for it", async () => {
    const { key, history } = newHistory();
    const canvas = flow((_, step) => {
      step(tell, { key, name: "unread", awaits: "read ends" });
      return step(tell, { key, name: "read" });
    });
    expect(await (await app.run(canvas)).result()).toBe("read");
    expect(history.all()).toContain("unread ends");
  });

  test("what follows a flow waits for the steps that nobody reads", async () => {
    const { key, history } = newHistory();
    const canvas = flow((_, step) => {
      step(tell, { key, name: "unread", awaits: "read ends" });
      return step(tell, { key, name: "read" });
    }).pipe(tell, () => ({ key, name: "behind" }));
    expect(await (await app.run(canvas)).result()).toBe("behind");
    const all = history.all();
    expect(all.indexOf("unread ends")).toBeLessThan(all.indexOf("behind begins"));
  });

  test("a step that nobody reads and that fails, fails the run", async () => {
    const canvas = flow((n: Ref<number>, step) => {
      step(fail, { name: "unread" });
      return step(increment, n);
    });
    const failure: unknown = await (await app.run(canvas, 1)).result().catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: "RUN_FAILED", message: expect.stringContaining("unread has failed") });
  });

  test("canvases of any kind are steps, also a flow in a map in a flow", async () => {
    const each = flow((n: Ref<number>, step) => step(add, { a: n, b: step(increment, n) }));
    const canvas = flow((n: Ref<number>, step) => {
      const made = step(wrap, n);
      const sums = step(map(each), made.items);
      const both = step(group({ up: increment, again: each }), made.n);
      return { sums, both, count: size(sums) };
    });
    expect(await (await app.run(canvas, 3)).result()).toEqual({ sums: [1, 3, 5], both: { up: 4, again: 7 }, count: 3 });
    const piped = wrap.flow((made, step) => ({ n: made.n, next: step(increment, made.n) }));
    expect(await (await app.run(piped, 2)).result()).toEqual({ n: 2, next: 3 });
  });

  test("operators compute in mappings, flows and conditions", async () => {
    interface Asked {
      readonly n: number;
      readonly limit?: number;
      readonly kind: "a" | "b";
    }
    const canvas = flow((asked: Ref<Asked>, step) => {
      const made = step(wrap, asked.n);
      const judged = step(
        task("flow.judge", (input: { over: boolean; kind: "a" | "b" }) => `${input.kind} ${input.over}`),
        { over: and(exists(asked.limit), gt(asked.n, asked.limit)), kind: asked.kind },
      );
      const looped = step(loop(increment, { until: (n) => gt(n, 6), max: 10 }), made.n);
      const decided = step(
        wrap.when((one) => lt(size(one.items), 5), wrap.ignoreInput(0)),
        looped,
      );
      return { judged, looped, decided: decided.n, isB: eq(asked.kind, "b"), differs: ne(made.n, looped) };
    });
    const result = async (asked: Asked): Promise<unknown> => (await app.run(canvas, asked)).result();
    expect(await result({ n: 3, kind: "b" })).toEqual({
      judged: "b false",
      looped: 7,
      decided: 7,
      isB: true,
      differs: true,
    });
    expect(await result({ n: 3, limit: 2, kind: "a" })).toMatchObject({ judged: "a true", isB: false });
  });

  test("an operator that cannot take the value fails the node, in words", async () => {
    const canvas = flow((n: Ref<number | null>, step) => step(fail, { name: "never", over: gt(n, 3) } as never));
    const failure: unknown = await (await app.run(canvas, null)).result().catch((error: unknown) => error);
    expect(failure).toMatchObject({
      code: "RUN_FAILED",
      message: expect.stringContaining(
        "'gt' compares two numbers, two texts or two Dates, but got nothing and a number",
      ),
    });
  });

  test("schemas of t check what travels, with bytes, Dates and bigints", async () => {
    const Parcel = t.object({ data: t.bytes(), at: t.date(), weight: t.bigint(), note: t.optional(t.string()) });
    const check = task("flow.parcel", { input: Parcel, output: Parcel }, (parcel) => ({ ...parcel, note: "seen" }));
    const send = workflow("flow.send", check, { input: Parcel });
    const parcel = { data: new Uint8Array([1, 2]), at: new Date(5), weight: 7n };
    expect(await (await app.run(send, parcel)).result()).toEqual({ ...parcel, note: "seen" });
    await expect(app.run(send, { ...parcel, at: "today" as never })).rejects.toMatchObject({
      message: expect.stringContaining("at must be a valid Date"),
    });
  });
};

describe("flows in one process", () => {
  suite(() => createApp());
});

describe("flows on NATS", () => {
  let server: NatsServer;
  beforeAll(async () => {
    server = await startNatsServer();
  });
  afterAll(() => server[Symbol.asyncDispose]());
  suite(() => createApp({ transport: nats({ servers: server.url }) }));
});
