import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { compile, createApp, nats } from "arpeggio";
import type { App } from "arpeggio";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startNatsServer } from "../support/nats-server.ts";
import type { NatsServer } from "../support/nats-server.ts";
import { recordedFlow } from "./recorded-flow.mjs";
import { criticalSeconds, recordedWorkflow, RecordingInvalidError } from "./recorded-workflow.mjs";

/** A folder of files in WfFormat instead of those that are here. */
const FOLDER = process.env["ARPEGGIO_WFINSTANCES"] ?? join(import.meta.dirname, "data");
const FILES = readdirSync(FOLDER).filter((file) => file.endsWith(".json"));
/** How long the longest path takes here. */
const CRITICAL_MS = 300;

const documentIn = (file: string): unknown => JSON.parse(readFileSync(join(FOLDER, file), "utf8"));

/** Runs all of them at once, and tells of each which of its tasks have begun and ended, and what the run gave. */
async function runAll(app: App): Promise<unknown> {
  const run = async (file: string) => {
    const recorded = recordedWorkflow(documentIn(file));
    const { canvas, begins, ends } = recordedFlow(recorded, { msPerSecond: CRITICAL_MS / criticalSeconds(recorded) });
    const result = await (await app.run(canvas)).result();
    return { file, result, begins: [...begins].toSorted(), ends: [...ends].toSorted() };
  };
  return Promise.all(FILES.map(run));
}
const allEnded = FILES.map((file) => {
  const ids = recordedWorkflow(documentIn(file))
    .tasks.map(({ id }) => id)
    .toSorted();
  return { file, result: ids.length, begins: ids, ends: ids };
});

test.each(FILES)("%s becomes a graph of the same tasks and edges", (file) => {
  const { tasks } = recordedWorkflow(documentIn(file));
  const { nodes } = compile(recordedFlow({ name: file, tasks }, { msPerSecond: 1 }).canvas).graph;
  const indexes = new Map(tasks.map(({ id }, i) => [id, i]));
  const positions = new Map(nodes.map(({ id }, i) => [id, i]));
  expect(nodes.map(({ needs }) => needs.map((id) => positions.get(id)))).toEqual(
    tasks.map(({ parents }) => parents.map((id) => indexes.get(id))),
  );
});

describe("recorded workflows run to their end, each task after all of its parents", () => {
  test("in one process", async () => {
    await using app = await createApp({ concurrency: 1_000 });
    expect(await runAll(app)).toEqual(allEnded);
  });

  describe("on NATS", () => {
    let server: NatsServer;
    beforeAll(async () => {
      server = await startNatsServer();
    });
    afterAll(() => server[Symbol.asyncDispose]());

    test("as well", async () => {
      await using app = await createApp({ transport: nats({ servers: server.url }), concurrency: 1_000 });
      expect(await runAll(app)).toEqual(allEnded);
    });
  });
});

describe("older files have everything in one list", () => {
  test("with ids or names, and parents or children", () => {
    const tasks = [
      { name: "b", runtime: 2, parents: ["a"], children: ["c"] },
      { name: "a", runtime: 1 },
      { name: "c", runtimeInSeconds: 4 },
    ];
    const recorded = recordedWorkflow({ name: "old", workflow: { tasks } });
    expect(recorded).toEqual({
      name: "old",
      tasks: [
        { id: "a", parents: [], seconds: 1 },
        { id: "b", parents: ["a"], seconds: 2 },
        { id: "c", parents: ["b"], seconds: 4 },
      ],
    });
    expect(criticalSeconds(recorded)).toBe(7);
  });
});

describe("a file that is no recorded workflow", () => {
  const at = (tasks: unknown) => ({ workflow: { tasks } });
  test.each<[string, unknown, string]>([
    ["no document", [], "the document is no object"],
    ["no workflow", {}, "'workflow' is no object"],
    ["no tasks", { workflow: {} }, "the list of tasks, 'workflow.specification.tasks', is not there"],
    ["no run times", { workflow: { specification: { tasks: [] } } }, "'workflow.execution.tasks', is not there"],
    ["a task without an id", at([{ runtime: 1 }]), "neither an 'id' nor a 'name'"],
    ["two tasks of one id", at([{ id: "a" }, { id: "a" }]), "two tasks have the id 'a'"],
    ["an unknown parent", at([{ id: "a", parents: ["b"] }]), "task 'a' names 'b', which is no task"],
    ["an unknown child", at([{ id: "a", children: ["b"] }]), "task 'a' names 'b', which is no task"],
    ["a run time missing", at([{ id: "a" }]), "task 'a' has no run time ('runtimeInSeconds')"],
    ["a run time that is none", at([{ id: "a", runtime: "1s" }]), "task 'a' has the run time \"1s\""],
    ["a task that waits for itself", at([{ id: "a", parents: ["a"] }]), "in a circle: 'a' → 'a'"],
    [
      "a circle",
      at([{ id: "a" }, { id: "b", parents: ["a", "d"] }, { id: "c", parents: ["b"] }, { id: "d", parents: ["c"] }]),
      "tasks wait for one another in a circle: 'b' → 'c' → 'd' → 'b'",
    ],
  ])("%s is refused in words", (_, document, message) => {
    expect(() => recordedWorkflow(document)).toThrow(RecordingInvalidError);
    expect(() => recordedWorkflow(document)).toThrow(message);
  });
});
