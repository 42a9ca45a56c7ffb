import { any, contract, jsonSchema, map, settled, signal, workflow } from "arpeggio";
import { expect, test } from "vitest";
import { all, calls, ended, failureOf, id, ident, join, noted, plus, seq, tsum } from "./vocabulary.ts";
import type { Any, AppGiver } from "./vocabulary.ts";

const anything = jsonSchema<unknown>({});
/** Waits in a queue that no worker reads. */
const nowhere = contract("case.held", { input: anything, output: anything, queue: "nobody-reads-that" }) as Any;
const untilQueued = (run: { status(): Promise<{ counts: { queued?: number } }> }, count: number) =>
  expect.poll(async () => (await run.status()).counts.queued ?? 0).toBe(count);
let switches = { fails: true };
const sometimes = noted("sometimes", (x: unknown) => {
  if (switches.fails) throw new Error("not today");
  return x;
});

/** What is done to runs while they go on, and after they have failed. */
export function controlCases(app: AppGiver): void {
  test("K03, rule 21: what has a label is cancelled by it, and what has another or none goes on", async () => {
    const step = (n: number) => nowhere.with({ labels: { part: `p${n}` } });
    const run = await app().run(settled([step(1), step(2), seq(id(3), ident)]) as Any, 0);
    await untilQueued(run, 2);
    await run.cancel({ label: { part: "p1" } });
    await untilQueued(run, 1);
    await run.cancel({ label: { part: "p2" } });
    expect(await run.result()).toMatchObject([
      { ok: false, error: { code: "NODE_CANCELLED" } },
      { ok: false, error: { code: "NODE_CANCELLED" } },
      { ok: true, value: 3 },
    ]);
  });
  test("K05: a label that nothing has cancels nothing", async () => {
    const run = await app().run(seq(id(1), signal("on") as Any, ident), null);
    await expect.poll(async () => (await run.status()).counts.running).toBe(1);
    await run.cancel({ label: { nobody: "has this" } });
    await run.signal("on", 5);
    expect(await run.result()).toBe(5);
    const outcome = await app().runs.cancel({ label: { nobody: "has this" }, state: "running" });
    expect(outcome.done).toEqual([]);
  });
  test("K13: a cancelled member fails its join, and nobody waits for ever", async () => {
    const run = await app().run(join([nowhere.named("stuck"), id(1)], tsum), 0);
    await untilQueued(run, 1);
    await run.cancel({ nodes: ["stuck"] });
    expect((await failureOf(run)).code).toBe("RUN_CANCELLED");
    expect(calls(run, "tsum")).toBe(0);
    const other = await app().run(
      any([join([nowhere.named("stuck"), id(1)], tsum), seq(signal("go") as Any)]) as Any,
      0,
    );
    await untilQueued(other, 1);
    await other.cancel({ nodes: ["any[0]/stuck"] });
    await other.signal("go", "instead");
    expect(await other.result()).toBe("instead");
  });
  test("O07: every node of a run that goes on is told, with its state and what it waits for", async () => {
    const run = await app().run(seq(id(1), all(ident, nowhere), ident), null);
    await untilQueued(run, 1);
    await expect.poll(async () => (await run.status()).counts.succeeded).toBe(2);
    const { nodes } = await run.status();
    expect(Object.fromEntries(nodes.map(({ node, state }) => [node, state]))).toEqual({
      "case.ident": "succeeded",
      "case.ident~2": "succeeded",
      "case.held": "queued",
      "case.ident~3": "blocked",
    });
    for (const { state, waitsFor } of nodes) expect(waitsFor === undefined).toBe(state === "succeeded");
    await run.cancel();
  });
  test("rule 22: compensations of a cancelled run run if they are asked for", async () => {
    const booked = ident.compensate(noted("unbooked", () => undefined)) as Any;
    for (const compensate of [true, false]) {
      const run = await app().run(seq(booked, nowhere), 1);
      await untilQueued(run, 1);
      await run.cancel({ compensate });
      expect(calls(run, "unbooked")).toBe(compensate ? 1 : 0);
    }
  });
  test("rule 23: a paused run begins nothing, and goes on where it was", async () => {
    const run = await app().run(seq(signal("first") as Any, plus(1), plus(1)), null);
    await expect.poll(async () => (await run.status()).counts.running).toBe(1);
    await run.pause("a look at it");
    await expect.poll(async () => (await run.status()).paused).toBe("a look at it");
    await run.signal("first", 1);
    await expect.poll(async () => (await run.status()).counts.succeeded).toBe(1);
    expect((await run.status()).counts.queued ?? 0).toBe(0);
    await run.resume();
    expect(await run.result()).toBe(3);
  });
  test("rule 23: a redrive keeps what has succeeded, and the old run stays as it was", async () => {
    switches = { fails: true };
    const canvas = workflow(
      "case.redriven",
      seq(
        noted("once", (x: unknown) => x),
        all(sometimes, ident),
        ident,
      ),
    );
    const run = await ended(app(), canvas as Any, 7);
    const before = await run.status();
    switches = { fails: false };
    const again = await app().redrive(run.id);
    expect(again.id).not.toBe(run.id);
    expect(await again.result()).toEqual([7, 7]);
    expect(calls(again, "once")).toBe(0);
    expect(calls(again, "sometimes")).toBe(1);
    expect(await run.status()).toEqual(before);
    await expect(app().redrive(again.id)).rejects.toMatchObject({ code: "REDRIVE_NOTHING_TO_DO" });
  });
  test("rule 24: signals are kept if they are early, and refused if nobody will ever wait for them", async () => {
    const run = await app().run(seq(signal("one") as Any, signal("two") as Any), null);
    await run.signal("two", 2);
    await expect(run.signal("three", 3)).rejects.toMatchObject({
      code: "SIGNAL_NOT_EXPECTED",
      hint: expect.any(String),
    });
    await run.signal("one", 1, { id: "same" });
    expect(await run.result()).toBe(2);
    await expect(run.signal("one", 1)).rejects.toMatchObject({ code: "RUN_ENDED" });
  });
  test("a wrong payload is refused at its sender, and the run waits on", async () => {
    const approval = signal("approved", jsonSchema<{ by: string }>({ type: "object", required: ["by"] }));
    const run = await app().run(seq(approval as Any, ident), null);
    await expect(run.signal("approved", { who: "?" })).rejects.toMatchObject({
      code: "SIGNAL_PAYLOAD_INVALID",
      message: expect.stringContaining("approved"),
      hint: expect.any(String),
    });
    await run.signal("approved", { by: "ada" });
    expect(await run.result()).toEqual({ by: "ada" });
  });
  test("a run that goes on cannot be redriven", async () => {
    const run = await app().run(nowhere, 1);
    await expect(app().redrive(run.id)).rejects.toMatchObject({ code: "RUN_NOT_ENDED", hint: expect.any(String) });
    expect(await run.cancel()).toBe("cancelled");
  });
  test("a map over what is no list fails its node, and says what came", async () => {
    const { failure } = await failureOf(await app().run(seq(id({ not: "a list" }), map(ident) as Any, ident), null));
    expect(failure).toMatchObject({ code: "MAP_OVER_NOT_A_LIST", node: "map" });
    expect(failure.message).toMatch(/object|list/);
  });
}
