/**
 * Takes from recorded workflows (WfFormat 1.5, as published in github.com/wfcommons/WfInstances) what this test needs: who comes
 * after whom, and how long each task ran. The test takes the originals as well.
 *
 *   node test/wfinstances/compact.mjs file.json …    writes test/wfinstances/data/<file>.json
 */
import { readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";

for (const file of process.argv.slice(2)) {
  const { name, schemaVersion, workflow } = JSON.parse(readFileSync(file, "utf8"));
  const lines = (tasks) => `[\n${tasks.map((task) => `  ${JSON.stringify(task)}`).join(",\n")}\n]`;
  const described = workflow.specification.tasks.map(({ id, parents, children }) => ({ id, parents, children }));
  const measured = workflow.execution.tasks.map(({ id, runtimeInSeconds }) => ({ id, runtimeInSeconds }));
  const text = `{ "name": ${JSON.stringify(name)}, "schemaVersion": ${JSON.stringify(schemaVersion)}, "workflow": {
"specification": { "tasks": ${lines(described)} },
"execution": { "tasks": ${lines(measured)} } } }
`;
  writeFileSync(join(import.meta.dirname, "data", basename(file)), text);
}
