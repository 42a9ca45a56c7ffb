import { encodeEvent, encodeGraph, encodePayload, graphHash, partitionOf, splitGraph } from "@arpeggio/core";
import type { BucketName, Transport, WorkflowGraph } from "@arpeggio/core";
import { chain, compile, group, jsonSchema, map, mapSettled, RunFailedError, task, type App } from "arpeggio";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { refusal } from "./refusal.ts";

/** An app with all three roles, and a look into what it has stored. */
export interface Opened {
  readonly app: App;
  readonly transport: Transport;
  close(): Promise<void>;
}

const LARGE = "x".repeat(500_000);
const length = task("length", (text: string) => text.length);
const same = task("same", (value: unknown) => value);
const Order = jsonSchema<{ items: { count: number }[] }>({
  type: "object",
  properties: { items: { type: "array", items: { type: "object", properties: { count: { type: "integer" } } } } },
  required: ["items"],
});

/** What happens to runs whose stored parts are missing or damaged, and what is stored of a run that is refused. */
export function storedSuite(open: () => Promise<Opened>): void {
  let app: App;
  let transport: Transport;
  let opened: Opened;
  beforeAll(async () => {
    opened = await open();
    ({ app, transport } = opened);
  });
  afterAll(() => opened.close());

  async function failureOf(result: Promise<unknown>): Promise<RunFailedError["failure"]> {
    const error = await refusal(() => result);
    expect(error).toBeInstanceOf(RunFailedError);
    return (error as RunFailedError).failure;
  }

  async function keysOf(bucket: BucketName): Promise<string[]> {
    const keys: string[] = [];
    for await (const { key } of transport.bucket(bucket).entries(">")) keys.push(key);
    return keys;
  }

  async function blobs(): Promise<string[]> {
    const keys: string[] = [];
    for await (const key of transport.blobs.list("")) keys.push(key);
    return keys;
  }

  /** Everything in the log; the run that marks its end is of this function's own making. */
  async function logOf(partition: number): Promise<number> {
    let messages = 0;
    await new Promise<void>((resolve, reject) => {
      const reader = { onMessage: () => void messages++, onCaughtUp: resolve, onError: reject };
      void transport.events.read(partition, 0, reader).then(async (reading) => {
        await new Promise<void>((done) => transport.clock.after(0, done));
        await reading.stop();
      });
    });
    return messages;
  }

  describe("input that does not fit its schema", () => {
    const checked = task("checked", { input: Order }, ({ items }) => items.length);

    test("is refused with the path of the field, and nothing is stored", async () => {
      const stored = async () => ({
        graphs: await keysOf("graphs"),
        blobs: await blobs(),
        log: await Promise.all(Array.from({ length: transport.events.partitions }, (_, i) => logOf(i))),
        results: (await keysOf("results")).length,
      });
      const before = await stored();
      // Large enough to be a blob, had it been taken.
      const items = [{ count: 1 }, { count: 1.5 }, { note: LARGE }] as never;
      const canvas = chain(
        checked,
        task("after-checked", (n: number) => n),
      );
      const direct = await refusal(() => app.run(checked, { items }, { id: "refused-1" }));
      expect(direct).toMatchObject({ code: "INPUT_INVALID" });
      expect(direct.message).toContain("items[1].count must be integer");
      expect(await refusal(() => app.run(canvas, (() => 1) as never))).toMatchObject({
        code: "VALUE_NOT_SERIALISABLE",
      });
      expect(await stored()).toEqual(before);
      // Its id is still free.
      expect(await (await app.run(checked, { items: [] }, { id: "refused-1" })).result()).toBe(0);
    });

    test("fails the node where it comes from another step, with the path of the field", async () => {
      const run = await app.run(chain(same, checked as never), { items: [{ count: "two" }] });
      const failure = await failureOf(run.result());
      expect(failure).toMatchObject({ code: "TASK_INPUT_INVALID", node: "checked" });
      expect(failure.message).toContain("items[0].count must be integer");
    });
  });

  describe("a graph in the store", () => {
    async function started(hash: string, id: string): Promise<RunFailedError["failure"]> {
      const start = { type: "run.started", run: id, client: "none", workflow: "broken", graph: hash } as const;
      const event = encodeEvent({ ...start, input: encodePayload(1) });
      await transport.events.append(partitionOf(id, transport.events.partitions), event);
      return failureOf(app.attach(id).result());
    }

    test("that is missing fails the run", async () => {
      const failure = await started("0".repeat(32), "missing-graph");
      expect(failure).toMatchObject({ code: "GRAPH_NOT_FOUND" });
      expect(failure.message).toContain("0".repeat(32));
    });

    test("that is no graph fails the run", async () => {
      const hash = "1".repeat(32);
      await transport.bucket("graphs").put(hash, Buffer.from("this is no graph"));
      expect(await started(hash, "no-graph")).toMatchObject({ code: "RECORD_UNDECODABLE" });
    });

    test("that lacks a part fails the run", async () => {
      const { hash, graph } = compile(chain(same, same, same, same, same));
      const { list, parts } = splitGraph(encodeGraph(graph), 100);
      const [lost, ...others] = parts;
      for (const [key, part] of others) await transport.bucket("graphs").put(key, part);
      await transport.bucket("graphs").put(hash, list);
      const failure = await started(hash, "graph-lacks-part");
      expect(failure).toMatchObject({ code: "RECORD_UNDECODABLE" });
      expect(failure.message).toContain(`'${lost?.[0]}' of the graph is not stored`);
    });

    type Node = Record<string, unknown>;
    type Breaking = (first: Node, second: Node, graph: { output: unknown }) => void;
    const breakings: readonly (readonly [what: string, breaking: Breaking, message: RegExp])[] = [
      ["waits for its input", (_, second) => (second["needs"] = ["$in"]), /nodes\/1\/needs/],
      ["waits for itself", (_, second) => (second["needs"] = [second["id"]]), /nodes\/1\/needs/],
      ["waits for a later one", (first, second) => (first["needs"] = [second["id"]]), /nodes\/0\/needs/],
      ["has a queue that cannot be", (first) => (first["options"] = { queue: "a.>" }), /queue/],
      ["has a timeout of text", (first) => (first["options"] = { timeoutMs: "1" }), /timeoutMs/],
      ["has no attempts", (first) => (first["options"] = { retry: { attempts: 0 } }), /retry/],
      ["is of no known kind", (first) => (first["kind"] = "magic"), /kind/],
      ["has a twin", (first, second) => (second["id"] = first["id"]), /id of another node/],
      ["is not there, and read", (_first, _second, graph) => (graph.output = { ref: "nobody" }), /output/],
    ];
    test.each(breakings)("with a node that %s fails the run", async (what, breaking, message) => {
      const { graph } = compile(
        chain(
          task("one", (n: number) => n),
          task("two", (n: number) => n),
        ),
      );
      const broken = structuredClone(graph) as unknown as { nodes: [Node, Node]; output: unknown };
      breaking(...broken.nodes, broken);
      // As whoever stores it would: under the hash of what it says, where it has one.
      const hash = graphHash(broken as unknown as WorkflowGraph);
      await transport.bucket("graphs").put(hash, encodeGraph(broken));
      const failure = await started(hash, `broken-${what.replaceAll(/\W/g, "-")}`);
      expect(failure).toMatchObject({ code: "GRAPH_INVALID" });
      expect(failure.message).toMatch(message);
    });

    test("that is another than its hash says fails the run", async () => {
      const [one, two] = [compile(chain(same, same, same)), compile(chain(same, same, same, same))];
      await transport.bucket("graphs").put(one.hash, encodeGraph(two.graph));
      const failure = await started(one.hash, "other-graph");
      expect(failure).toMatchObject({ code: "GRAPH_INVALID" });
      expect(failure.message).toContain(two.hash);
    });
  });

  describe("a large value that is gone", () => {
    /** Takes every blob away: what a retention that is too short looks like. */
    async function forgetBlobs(): Promise<void> {
      for (const key of await blobs()) await transport.blobs.delete(key);
    }
    test("fails the step that needs it, for good", async () => {
      const retry = { attempts: 5, delay: 0 };
      const forgetful = task("forgetful", { retry }, async (_text: string) => {
        await forgetBlobs();
        throw new Error("again");
      });
      const failure = await failureOf(
        (
          await app.run(
            chain(
              task("make", () => LARGE),
              forgetful,
            ),
          )
        ).result(),
      );
      expect(failure).toMatchObject({ code: "BLOB_NOT_FOUND", node: "forgetful", attempt: 2 });
    });

    test("fails the map over it, and the mapping that reads it", async () => {
      const list = task("list", () => Array.from({ length: 300 }, () => "y".repeat(1_000)));
      const forget = task("forget", async (_input: unknown, { runId }) => {
        while (!(await blobs()).some((key) => key.startsWith(`${runId}/`)));
        await forgetBlobs();
      });
      const both = group({ list, forget });
      const mapped = both.select((x) => x.list).pipe(map(length));
      expect(await failureOf((await app.run(mapped)).result())).toMatchObject({ code: "BLOB_NOT_FOUND" });
      const read = both.select((x) => ({ first: x.list[0] }));
      expect(await failureOf((await app.run(read)).result())).toMatchObject({ code: "BLOB_NOT_FOUND" });
    });

    test("is an error of result(), and the run has succeeded all the same", async () => {
      const run = await app.run(same, LARGE);
      await run.result();
      await forgetBlobs();
      expect(await refusal(() => run.result())).toMatchObject({ code: "BLOB_NOT_FOUND" });
      expect(await run.status()).toMatchObject({ state: "succeeded" });
    });
  });

  describe("values that do not fit the step", () => {
    test.each([["text"], [5], [null], [{ length: 3 }], [new Uint8Array(3)], [LARGE]])("map over %j", async (value) => {
      const failure = await failureOf((await app.run(map(length), value as never)).result());
      expect(failure).toMatchObject({ code: "MAP_OVER_NOT_A_LIST", node: "map" });
      expect(failure.message.length).toBeLessThan(500);
    });

    test("a path into a scalar", async () => {
      const text = task("text", () => "abc" as unknown as { a: { b: string } });
      const into = text.pipe(same, (x) => ({ value: x.a.b }));
      const failure = await failureOf((await app.run(into)).result());
      expect(failure).toMatchObject({ code: "EXPRESSION_FAILED", node: "same" });
      expect(failure.message).toContain(`'text' is a string ("abc"), which has no 'a'`);
      const asResult = await app.run(text.select((x) => x.a.b));
      expect(await failureOf(asResult.result())).toMatchObject({ code: "EXPRESSION_FAILED" });
      const each = mapSettled(
        task("item", (x: { a: string }) => x)
          .select((x) => x.a as never)
          .pipe(same, (x) => (x as unknown as { b: 1 }).b),
      );
      const outcomes = await (await app.run(each, [{ a: "abc" }])).result();
      expect(outcomes).toMatchObject([{ ok: false, error: { code: "EXPRESSION_FAILED" } }]);
    });
  });

  test("a task that no worker knows waits, and status() says so", async () => {
    const unknown = chain(
      same,
      task("known-nowhere", (n: unknown) => n),
    );
    const { graph } = compile(unknown);
    const hash = graphHash(graph);
    await transport.bucket("graphs").put(hash, encodeGraph(graph));
    const id = "unknown-task";
    const start = { type: "run.started", run: id, client: "none", workflow: "w", graph: hash } as const;
    const partition = partitionOf(id, transport.events.partitions);
    await transport.events.append(partition, encodeEvent({ ...start, input: encodePayload(1) }));
    const run = app.attach(id);
    const isIt = (one: { readonly node: string; readonly state: string }) =>
      one.node === "known-nowhere" && one.state === "queued";
    for await (const update of run.events()) {
      if (update.type === "node" && isIt(update)) break;
      if (update.type === "snapshot" && update.status.nodes.some(isIt)) break;
    }
    const status = await run.status();
    const node = status.nodes.find((one) => one.node === "known-nowhere");
    expect(node).toMatchObject({ state: "queued", waitsFor: "no worker knows task 'known-nowhere' (queue 'default')" });
    expect(await run.cancel("nobody comes")).toBe("cancelled");
  });
}
