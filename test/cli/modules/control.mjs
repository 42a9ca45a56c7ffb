// Workflows that wait for somebody, and that fail the first time.
import { chain, jsonSchema, PermanentTaskError, signal, task, workflow } from "arpeggio";

const text = jsonSchema({ type: "string" });
export const note = task("cli.note", ({ name }) => name);
export const approval = workflow("approval", chain(note, signal("approved", text)), { labels: { kind: "approval" } });

export const shakyTask = task("cli.shaky", (name, { runId }) => {
  if (runId === "broken") throw new PermanentTaskError(`${name} comes too early`);
  console.error(`shaky ${runId}`);
  return name;
});
export const shaky = workflow("shaky", chain(note, shakyTask));
