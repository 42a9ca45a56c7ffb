import fc from "fast-check";
import { expect, test } from "vitest";
import { Fifo } from "./fifo.ts";

const step = fc.record({ kind: fc.constantFrom("add", "take", "remove"), times: fc.integer({ min: 1, max: 3_000 }) });

test("what comes first goes first, however its room is given back", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
      const fifo = new Fifo<{ readonly id: number }>();
      let list: number[] = [];
      let next = 0;
      for (const { kind, times } of steps) {
        const taken: (number | undefined)[] = [];
        const isRemoved = (id: number) => kind === "remove" && id % times === 0;
        for (let i = 0; i < times && kind !== "remove"; i++) {
          if (kind === "take") taken.push(fifo.take()?.id);
          else {
            fifo.add({ id: next });
            list.push(next++);
          }
        }
        const removed = fifo.remove(({ id }) => isRemoved(id)).map(({ id }) => id);
        expect(removed).toEqual(list.filter(isRemoved));
        expect(taken).toEqual(taken.map((_, i) => list[i]));
        list = list.filter((id) => !isRemoved(id));
        if (kind === "take") list = list.slice(times);
        expect(fifo.size).toBe(list.length);
      }
      fifo.clear();
      expect(fifo.take()).toBeUndefined();
    }),
    { numRuns: 30 },
  );
});
