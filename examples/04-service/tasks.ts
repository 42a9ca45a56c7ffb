// The code of the tasks: only workers load this module.
import { setTimeout as sleep } from "node:timers/promises";
import { implement } from "arpeggio";
import { countWords, longestWord, write } from "./workflows.ts";

export const countWordsTask = implement(countWords, async ({ text, pauseMs }, { signal }) => {
  await sleep(pauseMs, undefined, { signal });
  return text.split(/\s+/).length;
});

export const longestWordTask = implement(longestWord, ({ text }) =>
  text.split(/\s+/).reduce((best, word) => (word.length > best.length ? word : best), ""),
);

export const writeTask = implement(write, (parts) => parts);
