/** The workflow of the measurement: one short task for each item of a list. */
import { map, task, workflow } from "arpeggio";

const one = task("wide.one", (n) => n + 1);

export const tasks = [one];
export const wide = workflow("wide", map(one));

export const listOf = (items) => Array.from({ length: items }, (_, i) => i);

/** A result that is not the whole list, in order, must not count as one. */
export function check(result, items) {
  if (result.length !== items) throw new Error(`${result.length} items came back, not ${items}`);
  for (let i = 0; i < items; i++) if (result[i] !== i + 1) throw new Error(`item ${i} is ${result[i]}`);
}
