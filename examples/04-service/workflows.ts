// What the service and the workers share: names, schemas and the workflow. No code of any task.
import { chain, contract, group, jsonSchema, workflow } from "arpeggio";

export interface Order {
  readonly text: string;
  /** How long the slowest task takes, in milliseconds; stands for work. */
  readonly pauseMs: number;
}
export interface Report {
  readonly words: number;
  readonly longest: string;
}

const Order = jsonSchema<Order>({
  type: "object",
  properties: { text: { type: "string", minLength: 1 }, pauseMs: { type: "integer", minimum: 0, maximum: 60_000 } },
  required: ["text", "pauseMs"],
  additionalProperties: false,
});
const Count = jsonSchema<number>({ type: "integer" });
const Word = jsonSchema<string>({ type: "string" });
const Parts = jsonSchema<{ words: number; longest: string }>({ type: "object", required: ["words", "longest"] });
const Report = jsonSchema<Report>({ type: "object", required: ["words", "longest"] });

export const countWords = contract("report.count-words", { input: Order, output: Count, timeout: "90s", retry: 3 });
export const longestWord = contract("report.longest-word", { input: Order, output: Word });
export const write = contract("report.write", { input: Parts, output: Report });

export const report = workflow("report", chain(group({ words: countWords, longest: longestWord }), write), {
  input: Order,
});
