import { chain, map, task } from "arpeggio";
import { addOne, total } from "../../payload.mjs";

export const ident = task("bench.ident", (value) => value);
const addOneTask = task("bench.addOne", addOne);
const totalTask = task("bench.total", total);

export const tasks = [ident, addOneTask, totalTask];

/** Each item of the input list through a task of its own, then a body that sums the results. */
export const chord = chain(map(ident), totalTask);

const chains = new Map();

/** A chain of `length` steps that each add 1; the same value for the same length. */
export function chainOf(length) {
  let canvas = chains.get(length);
  if (canvas === undefined) {
    canvas = chain(...Array.from({ length }, () => addOneTask));
    chains.set(length, canvas);
  }
  return canvas;
}
