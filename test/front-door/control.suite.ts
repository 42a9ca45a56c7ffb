import { any, chain, group, jsonSchema, map, signal, task } from "@arpeggio/core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { workflow, type App, type RunHandle } from "arpeggio";

const increment = task("increment", (n: number) => n + 1);
const numbers = task("numbers", (n: number) => Array.from({ length: n }, (_, i) => i));
const Approval = jsonSchema<{ by: string }>({
  type: "object",
  properties: { by: { type: "string" } },
  required: ["by"],
});

/** Tasks that end when the test lets them, by name. */
const gates = new Map<string, (value: string) => void>();
const gated = task("gated", (name: string, { signal: aborted }) => {
  return new Promise<string>((resolve, reject) => {
    gates.set(name, resolve);
    aborted.addEventListener("abort", () => reject(aborted.reason as Error));
  });
});

async function opened(name: string): Promise<(value: string) => void> {
  for (;;) {
    const open = gates.get(name);
    if (open !== undefined) {
      gates.delete(name);
      return open;
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Resolves when the run shows a node in a state. */
async function until(run: RunHandle<unknown>, path: string, state: string): Promise<void> {
  for await (const update of run.events()) {
    if (update.type === "node" && update.node === path && update.state === state) return;
    const nodes = update.type === "snapshot" ? update.status.nodes : [];
    if (nodes.some((node) => node.node === path && node.state === state)) return;
  }
  throw new Error(`${path} never was ${state}`);
}

async function codeOf(promise: Promise<unknown>): Promise<{ code: string; hint: string; message: string }> {
  return promise.then(
    (value) => expect.fail(`no error, but ${JSON.stringify(value)}`),
    (error: Error & { code: string; hint: string }) => error,
  );
}

/** What a user does to runs that are under way, on an app that has all three roles. */
export function controlSuite(open: () => Promise<App>): void {
  let app: App;
  beforeAll(async () => {
    app = await open();
  });
  afterAll(() => app.close());

  test("the status tells when each node was released and when it ended", async () => {
    const run = await app.run(chain(numbers, map(increment), gated.ignoreInput("timed")), 2);
    const alone = await app.run(gated, "alone");
    const open = [await opened("timed"), await opened("alone")];
    const { startedAtMs = 0, nodes } = await run.status();
    const timesOf = (path: string) => {
      const found = nodes.find(({ node }) => node === path);
      if (found === undefined) throw new Error(`no node ${path}`);
      return { releasedAtMs: found.releasedAtMs ?? Number.NaN, endedAtMs: found.endedAtMs };
    };
    const [first, item, last] = [timesOf("numbers"), timesOf("map[1]/increment"), timesOf("gated")];
    expect(first.releasedAtMs).toBe(startedAtMs);
    expect(first.endedAtMs).toBeGreaterThanOrEqual(startedAtMs);
    expect(item.releasedAtMs).toBeGreaterThanOrEqual(first.endedAtMs ?? Number.NaN);
    expect(last.releasedAtMs).toBe(timesOf("map").endedAtMs);
    expect(last.endedAtMs).toBeUndefined();
    const lone = await alone.status();
    expect(lone.nodes[0]).toMatchObject({ node: "gated", releasedAtMs: lone.startedAtMs });
    for (const end of open) end("done");
    await Promise.all([run.result(), alone.result()]);
  });

  test("a signal goes to the node that waits for it, checked by its schema", async () => {
    const run = await app.run(chain(increment, signal("approved", Approval)), 1);
    await until(run, "signal", "running");
    const { nodes } = await run.status();
    expect(nodes.find(({ node }) => node === "signal")).toMatchObject({
      waitsFor: "waits for the signal 'approved'",
    });
    expect(await codeOf(run.signal("approved", { by: 7 }))).toMatchObject({ code: "SIGNAL_PAYLOAD_INVALID" });
    expect(await codeOf(run.signal("aproved", { by: "me" }))).toMatchObject({
      code: "SIGNAL_NOT_EXPECTED",
      hint: expect.stringContaining("approved") as string,
    });
    await run.signal("approved", { by: "me" }, { id: "request-1" });
    expect(await run.result()).toEqual({ by: "me" });
    expect(await codeOf(run.signal("approved", { by: "me" }))).toMatchObject({ code: "RUN_ENDED" });
  });

  test("a signal that comes early is kept, one that comes twice counts once", async () => {
    const two = chain(gated, signal("first"), signal("first").named("second"));
    const run = await app.run(two, "early");
    const go = await opened("early");
    await run.signal("first", 1, { id: "a" });
    await run.signal("first", 1, { id: "a" });
    go("on");
    await until(run, "second", "running");
    await run.signal("first", Uint8Array.of(2), { id: "b" });
    expect(await run.result()).toEqual(Uint8Array.of(2));
  });

  test("a paused run begins nothing until it is resumed", async () => {
    const shout = task("shout", (text: string) => `${text}!`);
    const run = await app.run(chain(gated, shout), "pause");
    const go = await opened("pause");
    await run.pause("maintenance");
    expect(await run.status()).toMatchObject({ state: "running", paused: "maintenance" });
    go("on");
    await until(run, "gated", "succeeded");
    const held = await run.node("shout").status();
    expect(held).toMatchObject({ state: "blocked", waitsFor: "waits until the run is resumed" });
    expect((await app.runs.list({ state: "paused" })).runs.map(({ id }) => id)).toEqual([run.id]);
    await run.resume();
    expect(await run.result()).toBe("on!");
    expect(await codeOf(run.pause())).toMatchObject({ code: "RUN_ENDED" });
  });

  test("parts of a run are cancelled by path and by label, and what is around them goes on", async () => {
    const canvas = any([gated.named("slow"), gated.named("other")]);
    const run = await app.run(canvas, "parts");
    await opened("parts");
    expect(await codeOf(run.cancel({ nodes: ["any[0]/slwo"] }))).toMatchObject({
      code: "NODE_NOT_FOUND",
      hint: expect.stringContaining("any[0]/slow") as string,
    });
    await run.cancel({ nodes: ["any[0]/slow"], reason: "too slow" });
    expect(await codeOf(run.node("any[0]/slow").result())).toMatchObject({ code: "NODE_NOT_SUCCEEDED" });
    expect(await run.cancel()).toBe("cancelled");

    const labelled = chain(gated.with({ labels: { part: "first" } }), increment as never);
    const other = await app.run(labelled, "labelled");
    await opened("labelled");
    await other.cancel({ label: { part: "first" }, reason: "not needed" });
    expect(await codeOf(other.result())).toMatchObject({ code: "RUN_CANCELLED" });
    expect(await codeOf(other.cancel({ nodes: ["gated"] }))).toMatchObject({ code: "RUN_ENDED" });
  });

  test("a node's result is waited for, and kept where the step has a name", async () => {
    const canvas = chain(increment.named("one"), gatedNumber, increment.named("last"));
    const run = await app.run(canvas, 1);
    const one = run.node("one").result();
    const last = run.node("last").result();
    expect(await one).toBe(2);
    expect(await run.node("gatedNumber").status()).toMatchObject({ task: "gatedNumber" });
    expect(await codeOf(run.node("two").result())).toMatchObject({ code: "NODE_NOT_FOUND" });
    (await opened("2"))("");
    expect(await last).toBe(4);
    await run.result();
    expect(await run.node("one").result()).toBe(2);
    expect(await codeOf(run.node("tow").result())).toMatchObject({ code: "NODE_NOT_FOUND" });
  });

  test("a node that is still to come is waited for", async () => {
    const run = await app.run(chain(numbers, map(increment).named("all")), 3);
    expect(await run.node("all").result()).toEqual([1, 2, 3]);
    const inside = await app.run(
      chain(
        gated,
        task("letters", (text: string) => text.split("")),
        map(gated),
      ),
      "inside",
    );
    const node = inside.node("map[1]/gated");
    const result = node.result();
    expect(await node.status()).toMatchObject({ state: "blocked" });
    (await opened("inside"))("xy");
    (await opened("y"))("Y");
    (await opened("x"))("X");
    expect(await inside.result()).toEqual(["X", "Y"]);
    // Its only reader is the list, which may have ended before the answer came: then it is had from the log.
    expect(await result).toBe("Y");
    expect(await codeOf((await app.run(gated, "never")).node("gated").result({ timeoutMs: 5 }))).toMatchObject({
      code: "RESULT_TIMED_OUT",
    });
    (await opened("never"))("");
  });

  test("runs are listed by workflow, state, label and age", async () => {
    const listed = workflow("listed", gated);
    const started = await Promise.all(
      ["l1", "l2", "l3"].map((name) => app.run(listed, name, { labels: { name, tenant: "42" } })),
    );
    const ids = started.map(({ id }) => id);
    const [finish] = await Promise.all(["l1", "l2", "l3"].map((name) => opened(name)));
    const meant = async (options: Parameters<App["runs"]["list"]>[0]) =>
      (await app.runs.list(options)).runs.map(({ id }) => id).toSorted();
    expect(await meant({ workflow: "listed", state: "running" })).toEqual(ids.toSorted());
    expect(await meant({ label: { name: "l2" } })).toEqual([ids[1]]);
    finish?.("done");
    await started[0]?.result();
    expect(await meant({ workflow: "listed", state: "succeeded" })).toEqual([ids[0]]);
    expect(await meant({ workflow: "listed" })).toEqual(ids.toSorted());
    expect(await meant({ workflow: "listed", since: "1h" })).toEqual(ids.toSorted());
    expect(await meant({ workflow: "listed", since: new Date(Date.now() + 60_000) })).toEqual([]);
    const short = await app.runs.list({ workflow: "listed", limit: 2 });
    expect(short.isWhole).toBe(false);
    expect(short.runs).toHaveLength(2);
    expect(await app.runs.get(ids[1] ?? "")).toMatchObject({ state: "running", workflow: "listed" });

    const { done, failed, isWhole } = await app.runs.cancel({ label: { tenant: "42" } }, { reason: "all of them" });
    expect(done.map(({ id }) => id).toSorted()).toEqual(ids.slice(1).toSorted());
    expect({ failed, isWhole }).toEqual({ failed: [], isWhole: true });
    expect(await meant({ workflow: "listed", state: "cancelled" })).toEqual(ids.slice(1).toSorted());
  });

  test("a list goes on behind another one, newest first, while runs end", async () => {
    const paged = workflow("paged", gated);
    const names = Array.from({ length: 7 }, (_, i) => `p${i}`);
    for (const name of names) await app.run(paged, name, { id: `${name}-${Date.now()}` });
    const finishes = await Promise.all(names.map((name) => opened(name)));
    const whole = await app.runs.list({ workflow: "paged" });
    expect(whole.next).toBeUndefined();
    expect(whole.runs.map(({ id }) => id.slice(0, 2)).toSorted()).toEqual(names);
    const starts = whole.runs.map(({ startedAtMs }) => startedAtMs);
    expect(starts).toEqual(starts.toSorted((a, b) => b - a));
    const told: string[] = [];
    let after: string | undefined;
    for (let page = 0; page < 4; page++) {
      const list = await app.runs.list({ workflow: "paged", limit: 2, ...(after === undefined ? {} : { after }) });
      told.push(...list.runs.map(({ id }) => id));
      expect(list.isWhole).toBe(list.next === undefined);
      expect(list.next === undefined).toBe(page === 3);
      after = list.next;
      // Those that have been told, and others.
      for (const end of finishes.splice(0, 2)) end("done");
    }
    expect(told).toEqual(whole.runs.map(({ id }) => id));
  });

  test("wrong options are refused", async () => {
    const run = await app.run(increment, 1);
    await run.result();
    for (const wrong of [
      () => run.cancel({ nodes: "x" } as never),
      () => run.cancel({ label: { a: "1", b: "2" } }),
      () => run.cancel({ label: { a: "1" }, compensate: true } as never),
      () => run.pause(7 as never),
      () => run.signal(7 as never),
      () => run.signal("x", 1, { id: "" }),
      () => app.runs.list({ limit: 0 }),
      () => app.runs.list({ after: "yesterday" }),
      () => app.runs.list({ after: 7 as never }),
      () => app.runs.list({ state: "done" as never }),
      () => app.runs.list({ since: "soon" as never }),
      () => app.runs.list({ since: Date.now() }),
      () => app.runs.cancel({}),
      () => app.runs.cancel({ workflow: "x", state: "succeeded" }),
    ])
      expect(await codeOf((async () => wrong())())).toMatchObject({ code: "OPTION_INVALID" });
    expect(() => run.node("")).toThrow(expect.objectContaining({ code: "OPTION_INVALID" }));
  });

  test("what nobody knows is not found", async () => {
    const missing = app.attach("no-such-run");
    const calls = [missing.pause(), missing.signal("x"), missing.node("x").status()];
    for (const error of await Promise.all(calls.map(codeOf))) expect(error).toMatchObject({ code: "RUN_NOT_FOUND" });
  });

  test("a group's members are nodes of their own", async () => {
    const run = await app.run(group({ a: increment.named("a"), b: increment.named("b") }), 1);
    expect(await Promise.all([run.node("a").result(), run.node("b").result()])).toEqual([2, 2]);
  });
}

const gatedNumber = task("gatedNumber", async (n: number) => {
  await new Promise<string>((resolve) => gates.set(String(n), resolve));
  return n + 1;
});
