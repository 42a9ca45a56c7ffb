import { setImmediate } from "node:timers/promises";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { RunCancelledError, RunEndedError, settled, signal, SignalNotExpectedError } from "arpeggio";
import type { RunHandle, RunStatus } from "arpeggio";
import { anyCanvas, anyInput, createTestApp, isAmong } from "@arpeggio/testing";
import type { CanvasEnd, TestApp } from "@arpeggio/testing";
import { all, inOrder, noted, seq, times } from "./cases/vocabulary.ts";
import type { Any } from "./cases/vocabulary.ts";
import { endOf, unlike } from "./ends.ts";

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp();
});
afterAll(() => app.close());

const OVER: ReadonlySet<string> = new Set(["succeeded", "failed", "skipped", "cancelled"]);
const turns = fc.integer({ min: 0, max: 12 });
const pause = noted("control.pause", async (value: unknown) => {
  await setImmediate();
  return value;
});

async function pass(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await setImmediate();
}

/** Does something to a run that may have ended meanwhile, or may not wait for a signal any more; whether it was taken. */
async function ifOpen(act: () => Promise<unknown>): Promise<boolean> {
  try {
    await act();
    return true;
  } catch (error) {
    if (error instanceof RunEndedError || error instanceof SignalNotExpectedError) return false;
    throw error;
  }
}

function statesIn({ nodes }: RunStatus): ReadonlyMap<string, string> {
  return new Map(nodes.map(({ node, state }) => [node, state]));
}

function attemptsIn({ nodes }: RunStatus): ReadonlyMap<string, number> {
  return new Map(nodes.map(({ node, attempt }) => [node, attempt]));
}

/** Looks at a run, and holds what it sees against what it has seen before: what has ended stays as it is. */
function watching(run: RunHandle<unknown>): () => Promise<RunStatus> {
  const ended = new Map<string, string>();
  return async () => {
    const status = await run.status({ nodesMax: 1_000 });
    const states = [...statesIn(status)];
    expect(states.filter(([node, state]) => ended.has(node) && ended.get(node) !== state)).toEqual([]);
    for (const [node, state] of states) if (OVER.has(state)) ended.set(node, state);
    return status;
  };
}

test("a paused run begins nothing, and pauses change nothing about what it comes to", { timeout: 60_000 }, async () => {
  let paused = 0;
  const law = fc.asyncProperty(anyCanvas, anyInput, fc.array(turns, { maxLength: 3 }), async (drawn, input, pauses) => {
    // Long before and behind, so that a pause comes while there is something that must not begin.
    const some = times(20, () => pause);
    const run = await app.run(seq(...some, drawn.canvas as Any, ...some), input);
    const look = watching(run);
    for (const before of pauses) {
      await pass(before);
      if (!(await ifOpen(() => run.pause("the law says so")))) break;
      const held = await look();
      if (held.paused !== undefined) paused++;
      const then = attemptsIn(held);
      await pass(6);
      // What was released before goes on; a further attempt of it is as new as a first one.
      const begun = (await look()).nodes.filter(({ node, attempt }) => attempt > (then.get(node) ?? 0));
      expect(begun).toEqual([]);
      if (!(await ifOpen(() => run.resume()))) break;
    }
    expect(unlike(drawn.meaning(input), await endOf(run.result()))).toBeUndefined();
    await look();
  });
  await fc.assert(law, { numRuns: 60 });
  expect(paused).toBeGreaterThan(20);
});

test(
  "signals that come early, late or twice complete as many nodes as there are different ones",
  { timeout: 60_000 },
  async () => {
    const send = fc.record({ id: fc.constantFrom("one", "two"), before: turns });
    const law = fc.asyncProperty(fc.array(send, { maxLength: 5 }), fc.boolean(), async (sends, isChain) => {
      const wait = signal("control.go") as Any;
      const keep = all(wait, pause);
      const run = await app.run(isChain ? seq(keep, keep) : all(wait, wait), null);
      const sent: string[] = [];
      for (const { id, before } of [...sends, { id: "one", before: 0 }, { id: "two", before: 0 }]) {
        await pass(before);
        const isTaken = await ifOpen(() => run.signal("control.go", id, { id }));
        if (isTaken) sent.push(id);
        expect(isTaken || new Set(sent).size === 2).toBe(true);
      }
      const [first, second] = new Set(sent);
      const value = await run.result();
      expect(isChain ? (value as unknown[])[0] : value).toEqual(isChain ? second : [first, second]);
      await expect(run.signal("control.go", "late", { id: "three" })).rejects.toThrow(RunEndedError);
    });
    await fc.assert(law, { numRuns: 40 });
  },
);

test.each(["path", "label"])(
  "parts cancelled by %s fail around them, and nothing else changes",
  { timeout: 60_000 },
  async (by) => {
    const law = fc.asyncProperty(anyCanvas, anyInput, turns, fc.boolean(), async (drawn, input, before, isTwice) => {
      const labels = { part: "cut" };
      const part = seq(pause, drawn.canvas as Any, pause)
        .with({ labels })
        .named("cut") as Any;
      const run = await app.run(all(settled(seq(part)) as Any, pause), input);
      const look = watching(run);
      await pass(before);
      const cancel = () => ifOpen(() => run.cancel(by === "path" ? { nodes: ["settled/cut"] } : { label: labels }));
      const wasOpen = await cancel();
      if (isTwice) await cancel();
      const seen = statesIn(await look());
      await pass(4);
      const now = await look();
      const isCutOff = by === "path" && seen.get("settled/cut") === "cancelled";
      const left = now.nodes.filter(({ node, state }) => node.startsWith("settled/cut/") && !OVER.has(state));
      expect(isCutOff ? left : []).toEqual([]);
      const end = await endOf(run.result());
      const meant = drawn.meaning(input)?.map((one): CanvasEnd => around(one, input));
      const cut = "value" in end && Array.isArray(end.value) ? (end.value[0] as { ok: boolean }) : undefined;
      const isCut = wasOpen && cut?.ok === false;
      const may = isCut ? [{ value: [cut, input ?? null] }] : meant;
      expect(may === undefined || isAmong(may, end) ? undefined : { came: end, may }).toBeUndefined();
      await look();
    });
    await fc.assert(law, { numRuns: 40 });
  },
);

/** What the run around the part comes to. */
function around(end: CanvasEnd, input: unknown): CanvasEnd {
  if ("finished" in end) return end;
  const outcome = "value" in end ? { ok: true, value: end.value } : { ok: false, error: "" };
  return { value: [outcome, input ?? null] };
}

test("a cancel ends the run at once, whatever was done to it before", { timeout: 60_000 }, async () => {
  const act = fc.record({ what: fc.constantFrom("pause", "resume", "signal"), before: turns });
  const law = fc.asyncProperty(anyCanvas, anyInput, fc.array(act, { maxLength: 4 }), async (drawn, input, acts) => {
    const run = await app.run(seq(pause, all(drawn.canvas as Any, signal("control.go") as Any), pause), input);
    const look = watching(run);
    for (const { what, before } of acts) {
      await pass(before);
      const isOpen = await ifOpen(() =>
        what === "pause" ? run.pause() : what === "resume" ? run.resume() : run.signal("control.go", 1, { id: "one" }),
      );
      if (!isOpen) break;
    }
    const state = await run.cancel();
    const begun = inOrder(run).length;
    await pass(4);
    const { counts } = await look();
    expect((await look()).state).toBe(state);
    for (const open of ["blocked", "queued", "running", "waiting"] as const) expect(counts[open] ?? 0).toBe(0);
    expect(inOrder(run)).toHaveLength(begun);
    const told = await run.result().then(
      () => "succeeded",
      (error: unknown) => (error instanceof RunCancelledError ? "cancelled" : "failed"),
    );
    expect(told).toBe(state);
  });
  await fc.assert(law, { numRuns: 40 });
});
