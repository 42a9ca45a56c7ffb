import { setImmediate } from "node:timers/promises";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { RunCancelledError, RunEndedError, settled, signal, SignalNotExpectedError } from "arpeggio";
import type { RunHandle, RunStatus } from "arpeggio";
import { anyCanvas, anyInput, createTestApp, isAmong } from "@arpeggio/testing";
import type { CanvasEnd, TestApp } from "@arpeggio/testing";
import { all, inOrder, noted, seq } from "./cases/vocabulary.ts";
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

/** Looks at a run, and holds what it sees against what it has seen before: what has ended stays as it is. */
function watching(run: RunHandle<unknown>): () => Promise<RunStatus> {
  const ended = new Map<string, string>();
  return async () => {
    const status = await run.status({ nodesMax: 1_000 });
    for (const [node, state] of statesIn(status)) {
      if (ended.has(node)) expect(`${node} ${state}`).toBe(`${node} ${ended.get(node)}`);
      else if (OVER.has(state)) ended.set(node, state);
    }
    return status;
  };
}

test("a paused run begins nothing, and pauses change nothing about what it comes to", { timeout: 60_000 }, async () => {
  const law = fc.asyncProperty(anyCanvas, anyInput, fc.array(turns, { maxLength: 3 }), async (drawn, input, pauses) => {
    const run = await app.run(seq(pause, pause, drawn.canvas as Any), input);
    const look = watching(run);
    for (const before of pauses) {
      await pass(before);
      if (!(await ifOpen(() => run.pause("the law says so")))) break;
      const then = statesIn(await look());
      await pass(6);
      const now = await look();
      for (const { node, task, state } of now.nodes) {
        // What was released before goes on, a retry of it included in no case.
        if (task === undefined || (state !== "queued" && state !== "running")) continue;
        expect([node, then.get(node)]).toEqual([node, expect.stringMatching(/^(queued|running)$/)]);
      }
      if (!(await ifOpen(() => run.resume()))) break;
    }
    expect(unlike(drawn.meaning(input), await endOf(run.result()))).toBeUndefined();
    await look();
  });
  await fc.assert(law, { numRuns: 60 });
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
        if (await ifOpen(() => run.signal("control.go", id, { id }))) sent.push(id);
        else expect(new Set(sent).size).toBe(2);
      }
      const [first, second] = new Set(sent);
      const value = await run.result();
      if (isChain) expect((value as unknown[])[0]).toBe(second);
      else expect(value).toEqual([first, second]);
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
      if (by === "path" && seen.get("settled/cut") === "cancelled")
        for (const { node, state } of now.nodes)
          if (node.startsWith("settled/cut/")) expect(`${node} ${OVER.has(state)}`).toBe(`${node} true`);
      const end = await endOf(run.result());
      const meant = drawn.meaning(input)?.map((one): CanvasEnd => around(one, input));
      const cut = "value" in end && Array.isArray(end.value) ? (end.value[0] as { ok: boolean }) : undefined;
      const isCut = wasOpen && cut?.ok === false;
      if (!isCut) expect(meant === undefined || isAmong(meant, end) ? undefined : { came: end, meant }).toBeUndefined();
      else expect(end).toEqual({ value: [expect.objectContaining({ ok: false }), input ?? null] });
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
    if (state === "cancelled") await expect(run.result()).rejects.toThrow(RunCancelledError);
  });
  await fc.assert(law, { numRuns: 40 });
});
