import {
  decodePayload,
  encodeFrame,
  encodePayload,
  recordKinds,
  RecordUndecodableError,
  splitFrames,
} from "@arpeggio/core";
import type { WorkflowGraph } from "@arpeggio/core";
import { expect, test } from "vitest";
import { decodeRun, encodeRun, restoreRun } from "./run-snapshot.ts";
import type { RunSnapshot } from "./run-snapshot.ts";
import { graphWith, levelOf, step, steps } from "../testing/small-graphs.ts";
import { RunWorld } from "../testing/run-world.ts";

const ref = { ref: "$in" };
const graph: WorkflowGraph = graphWith([
  { kind: "map", id: "map", needs: [], over: ref, body: steps("a", "b") },
  { kind: "scope", id: "scope", needs: [], input: ref, body: steps("c"), finally: steps("d") },
  { kind: "branches", id: "any", needs: [], input: ref, branches: [steps("e"), steps("f")], until: "succeeded" },
  { kind: "signal", id: "signal", needs: [], signal: "s" },
  { kind: "scope", id: "later", needs: [], input: ref, body: levelOf([]), timing: { delayMs: 5 } },
  step("g", ["map"], { input: { ref: "map", path: [0] } }),
]);

/** A run in the middle of it, as plain data. */
function snapshotOf(): object {
  const world = new RunWorld(graph, [1, 2, 3]);
  world.done("map[0]/a", 1);
  world.broken("any[0]/e", { permanent: true });
  const [frame] = splitFrames(encodeRun(world.run, 5));
  return decodePayload(frame?.body ?? new Uint8Array(0)) as object;
}

/** Every copy of a value in which one part is another. */
function* variants(value: unknown, others: readonly unknown[]): Iterable<unknown> {
  yield* others;
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return;
  for (const [key, part] of Object.entries(value)) {
    for (const other of variants(part, others)) {
      yield Array.isArray(value) ? value.with(Number(key), other) : { ...value, [key]: other };
    }
  }
}

test("a state in which any part is something else is restored or refused, and nothing else", () => {
  const world = new RunWorld(graph, [1, 2, 3]);
  const whole = snapshotOf();
  const others = [undefined, null, true, -1, 0.5, 3, 2 ** 31, 2 ** 53, 2n ** 64n, NaN, "", "over:0", [], {}, [[0, 0]]];
  const ends = { restored: 0, RECORD_UNDECODABLE: 0 };
  for (const variant of variants(whole, [...others, new Uint8Array(9), "__proto__"])) {
    const bytes = encodeFrame(1, recordKinds.checkpoint, encodePayload(variant));
    ends[endOf(() => restoreRun(decodeRun(bytes), world.run.plan))]++;
  }
  expect(ends.restored).toBeGreaterThan(100);
  expect(ends.RECORD_UNDECODABLE).toBeGreaterThan(1_000);
});

test("a state whose parts lie in themselves, or elsewhere than in their nodes, is refused", () => {
  const world = new RunWorld(graph, [1, 2, 3]);
  const whole = snapshotOf() as RunSnapshot;
  const { composites = [], undoCount = 0 } = whole.extras ?? {};
  const withParts = (parts: readonly number[]) => ({
    ...whole,
    extras: { ...whole.extras, undoCount, composites: composites.map(([node, one]) => [node, { ...one, parts }]) },
  });
  const stored = (state: object) => decodeRun(encodeFrame(1, recordKinds.checkpoint, encodePayload(state)));
  expect(composites.length).toBeGreaterThan(0);
  expect(endOf(() => restoreRun(stored(whole), world.run.plan))).toBe("restored");
  expect(endOf(() => restoreRun(stored(withParts([0])), world.run.plan))).toBe("RECORD_UNDECODABLE");
  for (const timer of ["begin:-1", "retry:99:1"]) {
    expect(endOf(() => restoreRun(stored({ ...whole, timers: [[timer, 5]] }), world.run.plan))).toBe(
      "RECORD_UNDECODABLE",
    );
  }
  const endWith = (target: string) =>
    endOf(() => restoreRun(stored({ ...whole, evaluations: [target] }), world.run.plan));
  expect(endWith("over:0")).toBe("restored");
  expect(["over:0.5", "over:x", "output:0:0.5", "output:-1:0"].map(endWith)).toEqual(
    Array<string>(4).fill("RECORD_UNDECODABLE"),
  );
});

function endOf(restore: () => unknown): "restored" | "RECORD_UNDECODABLE" {
  try {
    restore();
    return "restored";
  } catch (error) {
    if (error instanceof RecordUndecodableError) return error.code;
    throw error;
  }
}
