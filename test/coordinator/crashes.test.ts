import { setImmediate } from "node:timers/promises";
import { chain, chord, group, map, task } from "@arpeggio/core";
import type { AttemptRecord } from "@arpeggio/core";
import { expect, test } from "vitest";
import { World } from "./world.ts";

const add = task("add", (input: number): number => input + 1);
const sum = task("sum", (input: readonly number[]): number => input.length);
const list = task("list", (input: number): number[] => [input]);

const canvases = [
  { canvas: chain(add, add, add, add), expected: (input: number) => input + 4 },
  { canvas: chord(group([add, chain(add, add), add]), sum), expected: (input: number) => input * 3 + 4 },
  { canvas: chain(list, map(chain(add, add)), sum), expected: (input: number) => input * 5 + 20 },
  { canvas: chain(add, group({ a: add, b: add })).select((out) => out.b), expected: (input: number) => input + 2 },
];

function work(input: unknown, { task: name }: AttemptRecord): unknown {
  if (name === "sum") return (input as number[]).reduce((all, one) => all + one, 0);
  if (name === "list") return Array.from({ length: 5 }, (_, i) => (input as number) + i);
  return (input as number) + 1;
}

/** A stream of numbers that is the same for the same seed. */
function numbersFrom(seed: number): (below: number) => number {
  let state = seed * 2_654_435_761;
  return (below) => {
    state = (Math.imul(state ^ (state >>> 15), 2_246_822_519) + 0x9e3779b9) >>> 0;
    return (state >>> 3) % below;
  };
}

// Every ending of a coordinator at any turn: nothing is lost, nothing is done twice, and every value is right.
test.each(Array.from({ length: 12 }, (_, i) => i + 1))(
  "crashes with seed %i lose nothing and repeat nothing",
  async (seed) => {
    const next = numbersFrom(seed);
    await using world = await World.open({ partitions: 1 + next(3), inlineBytesMax: 60 + next(200) });
    await world.worker(async (input, attempt) => {
      for (let turns = next(20); turns > 0; turns--) await setImmediate();
      return work(input, attempt);
    });
    let running = [await world.coordinator("a"), await world.coordinator("b")];
    const runs: { readonly id: string; readonly value: number }[] = [];
    for (let turn = 0; turn < 400; turn++) {
      if (runs.length < 60 && next(4) === 0) {
        const { canvas, expected } = canvases[next(canvases.length)] as (typeof canvases)[number];
        const input = next(100);
        runs.push({ id: `run-${runs.length}`, value: expected(input) });
        await world.start(`run-${runs.length - 1}`, canvas, input);
      }
      if (next(40) === 0) {
        const victim = running[next(running.length)];
        running = running.filter((one) => one !== victim);
        await (next(4) === 0 ? victim?.it.stop() : victim?.kill());
        running.push(await world.coordinator(`c${turn}`));
      }
      await setImmediate();
      world.clock.advance(next(60));
    }
    for (const { id, value } of runs) expect([id, await world.valueOf(id)]).toEqual([id, value]);
    const ids = world.delivered.map(({ run, node, attempt }) => `${run}:${node}:${attempt}`);
    expect(ids.filter((id, i) => ids.indexOf(id) !== i)).toEqual([]);
  },
);
