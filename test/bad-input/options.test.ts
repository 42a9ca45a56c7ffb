import { RetryLaterError } from "@arpeggio/core";
import { createEmbeddedTransport } from "@arpeggio/transport-embedded";
import {
  contract,
  createApp,
  createClient,
  createCoordinator,
  createWorker,
  embedded,
  func,
  implement,
  jsonSchema,
  nats,
  task,
  workflow,
  type App,
  type Contract,
  type JsonSchema,
  type RunHandle,
} from "arpeggio";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { refusal } from "./refusal.ts";

const increment = task("increment", (n: number) => n + 1);
const transport = await createEmbeddedTransport().open("options");
let app: App;
let run: RunHandle<number>;
beforeAll(async () => {
  app = await createApp();
  run = await app.run(increment, 1);
});
afterAll(() => app.close());

/** Values that no name or id can have. */
const names = ["", " ", "a b", "*", ">", "a/b", "../x", "é", "🙂", "a\nb", "a\0b", "x".repeat(10_000), 5, {}, "a,b"];
/** Values that no duration can have. */
const durations = [Number.NaN, -1, Infinity, "5 parsecs", "5", "", " 5s", "5S", "1e3s", "-5s", "5m5s", null, {}, true];
/** Values that no count can have. */
const counts = [Number.NaN, -1, Infinity, 1.5, "5", {}, true];
/** Values that are no object with options. */
const noObjects = [null, 5, "x", [], () => 1, true, new Map()];

type Act = (value: never) => unknown;

function refuses(what: string, values: readonly unknown[], act: Act, code = "OPTION_INVALID"): void {
  test.each(values.map((value) => [shown(value), value]))(`${what}: %s`, async (_, value) => {
    expect(await refusal(() => act(value as never))).toMatchObject({ code });
  });
}

function shown(value: unknown): string {
  if (value instanceof Map) return "a Map";
  return (typeof value === "number" ? `${value}` : (JSON.stringify(value) ?? typeof value)).slice(0, 20);
}

describe("names and ids", () => {
  refuses("task", [...names, "a..b", ".a", "1a"], (name) => task(name, () => 1), "TASK_NAME_INVALID");
  refuses("workflow", names, (name) => workflow(name, increment), "TASK_NAME_INVALID");
  refuses("step", names, (name) => increment.named(name), "TASK_NAME_INVALID");
  refuses("queue of a task", [...names, "a.b"], (queue) => task("q", { queue }, () => 1));
  refuses("queue of a step", [...names, "a.b"], (queue) => increment.with({ queue }));
  refuses("queues of an app", [...names, "a.b"], (queue) => createApp({ queues: [queue] }), "NAME_INVALID");
  refuses("run", [...names, "a.b", null], (id) => app.run(increment, 1, { id }), "NAME_INVALID");
  refuses("attach", [...names, "a.b", null], (id) => app.attach(id), "NAME_INVALID");
  refuses("app", [...names, "a.b"], (name) => createApp({ name }), "NAME_INVALID");
  refuses("client", [...names, "a.b"], (name) => createClient({ transport, name }), "NAME_INVALID");
  refuses("coordinator", [...names, "a.b"], (name) => createCoordinator({ transport, name }), "NAME_INVALID");
  refuses("worker", [...names, "a.b"], (name) => createWorker({ transport, tasks: [], name }), "NAME_INVALID");
  refuses("prefix", [...names, "A", "a.b"], (prefix) => nats({ prefix }));
});

describe("durations", () => {
  refuses("timeout of a task", [...durations, 0], (timeout) => task("q", { timeout }, () => 1));
  refuses("timeout of a run", [...durations, 0], (timeout) => app.run(increment, 1, { timeout }));
  refuses("delay", durations, (delay) => increment.with({ retry: { attempts: 2, delay } }));
  refuses("maxDelay", durations, (maxDelay) => increment.with({ retry: { attempts: 2, maxDelay } }));
  refuses("RetryLaterError", durations, (delay) => new RetryLaterError(delay));
  refuses("result()", [Number.NaN, -1, Infinity, "5s", null, {}], (timeoutMs) => run.result({ timeoutMs }));
  refuses("leaseMs", durations, (leaseMs) => createCoordinator({ transport, leaseMs }));
  refuses("checkpointMs", durations, (checkpointMs) => createCoordinator({ transport, checkpointMs }));
});

describe("counts", () => {
  refuses("retry", [...counts.slice(0, -2), 0, 1_001], (retry) => increment.with({ retry }));
  refuses("attempts", [...counts, 0, undefined], (attempts) => increment.with({ retry: { attempts } }));
  refuses("priority", [...counts, 10], (priority) => increment.with({ priority }));
  for (const name of ["concurrency", "prefetch", "ackWaitMs", "drainTimeoutMs", "abortGraceMs"]) {
    refuses(name, counts, (value) => createApp({ [name]: value }));
  }
  refuses("nodesMax", [...counts, null], (nodesMax) => run.status({ nodesMax }));
  refuses("nodesMax of events", [...counts, null], (nodesMax) => run.events({ nodesMax }));
  for (const name of ["partitions", "replicas", "inlineBytesMax", "connectTimeoutMs"]) {
    refuses(`${name} of NATS`, counts, (value) => nats({ [name]: value }));
  }
  for (const name of ["partitions", "messageBytesMax", "resultsMax", "blobBytesMax"]) {
    refuses(`${name} of embedded()`, counts, (value) => embedded({ [name]: value }));
  }
});

describe("what is no object with options", () => {
  refuses("createApp()", noObjects, createApp);
  refuses("createWorker()", noObjects, createWorker);
  refuses("createClient()", noObjects, createClient);
  refuses("createCoordinator()", noObjects, createCoordinator);
  refuses("embedded()", noObjects, embedded);
  refuses("nats()", noObjects.slice(0, -1), nats);
  refuses("run()", noObjects, (options) => app.run(increment, 1, options));
  refuses("task()", noObjects, (options) => task("q", options, () => 1));
  refuses("contract()", noObjects, (options) => contract("q", options));
  refuses("workflow()", noObjects, (options) => workflow("q", increment, options));
  refuses("with()", noObjects, (options) => increment.with(options));
  refuses("labels", noObjects, (labels) => app.run(increment, 1, { labels }));
  refuses("defaults", noObjects, (defaults) => app.run(increment, 1, { defaults }));
  refuses("result()", noObjects, (options) => run.result(options));
  refuses("status()", noObjects, (options) => run.status(options));
  refuses("reason of cancel()", [null, 5, { reasons: "typed" }, { reason: 5 }, true], (reason) => run.cancel(reason));
  refuses("reason of pause()", [null, 5, {}, true], (reason) => run.pause(reason));
  refuses("log", [...noObjects, { warn: () => {} }], (log) => createApp({ log }));
  refuses("log of a coordinator", noObjects, (log) => createCoordinator({ transport, log }));
  refuses("clock", noObjects.slice(1), (clock) => embedded({ clock }));
  refuses("transport", noObjects, (other) => createApp({ transport: other }));
  refuses("transport of a worker", noObjects, (other) => createWorker({ transport: other, tasks: [] }));
  refuses("transport of a client", noObjects, (other) => createClient({ transport: other }));
  refuses("transport of a coordinator", noObjects, (other) => createCoordinator({ transport: other }));
});

describe("lists and others", () => {
  const noLists = [null, 5, "x", {}, () => 1, true, new Map()];
  refuses("tasks", noLists, (tasks) => createApp({ tasks }));
  refuses("tasks of a worker", noLists, (tasks) => createWorker({ transport, tasks }));
  refuses("register()", noLists, (tasks) => app.register(tasks));
  refuses("a task among them", noObjects, (one) => createApp({ tasks: [one] }));
  refuses("queues", [...noLists.slice(1), []], (queues) => createApp({ queues }));
  refuses("roles", [...noLists, [], ["boss"]], (roles) => createApp({ roles }));
  refuses("backoff", noObjects, (backoff) => increment.with({ retry: { attempts: 2, backoff } }));
  refuses("jitter", [null, 1, "x"], (jitter) => increment.with({ retry: { attempts: 2, jitter } }));
  refuses("on", [null, 5, "x", [""], [5]], (on) => increment.with({ retry: { attempts: 2, on } }));
  refuses("schema", [null, 5, "x", [], true], (input) => task("q", { input }, (() => 1) as never), "SCHEMA_INVALID");
  refuses("JSON Schema", [null, 5, "x", { type: "nope" }], (json) => jsonSchema(json), "SCHEMA_INVALID");
  refuses("handler", [null, 5, "x", {}], (handler) => task("q", {}, handler), "BINDING_INVALID");
  refuses("func()", [null, 5, "x", {}], (handler) => func("q", handler), "BINDING_INVALID");
  refuses(
    "implement()",
    noObjects,
    (of) => implement(of as Contract<"q", JsonSchema<number>, JsonSchema<number>>, () => 1),
    "CANVAS_EXPECTED",
  );
  refuses("servers", [[], "", 5, "http://a/b", "http://a:4222", "a:99999", "a:b", [""]], (servers) =>
    nats({ servers }),
  );
  refuses("storage", ["disk", 5], (storage) => nats({ storage }));
  refuses("retention", [5, [], { eventsMs: 5 }, { nope: 1 }], (retention) => nats({ retention }));
  refuses("tls", [5, "x", [], true], (tls) => nats({ tls }));
  refuses("onWarning", [5, "x", {}], (onWarning) => nats({ onWarning }));
});

describe("names of options that are not known", () => {
  const unknown: readonly (readonly [string, () => unknown])[] = [
    ["task()", () => task("q", { que: "x" } as never, () => 1)],
    ["with()", () => increment.with({ Timeout: 1 } as never)],
    ["retry", () => increment.with({ retry: { attempts: 1, delya: 1 } as never })],
    ["workflow()", () => workflow("q", increment, { nope: 1 } as never)],
    ["contract()", () => contract("q", { nope: 1 } as never)],
    ["run()", () => app.run(increment, 1, { timout: 1 } as never)],
    ["defaults", () => app.run(increment, 1, { defaults: { nope: 1 } as never })],
    ["result()", () => run.result({ timeout: 1 } as never)],
    ["status()", () => run.status({ nodes: 1 } as never)],
    ["createApp()", () => createApp({ worker: 1 } as never)],
    ["createWorker()", () => createWorker({ transport, tasks: [], concurency: 1 } as never)],
    ["createClient()", () => createClient({ transport, nam: 1 } as never)],
    ["createCoordinator()", () => createCoordinator({ transport, lease: 1 } as never)],
    ["nats()", () => nats({ server: "x" } as never)],
    ["embedded()", () => embedded({ parts: 1 } as never)],
  ];
  test.each(unknown)("%s", async (_, act) => {
    const error = await refusal(act);
    expect(error).toMatchObject({ code: "OPTION_INVALID" });
    // It says what the names are, for whoever has misspelt one.
    expect(error.hint).toMatch(/\w+, \w+|timeoutMs|nodesMax/);
  });
});

test("a queue that is refused leaves the others read", async () => {
  const own = await createApp();
  const wrong = { defaults: { queue: "not a queue" } };
  expect(await refusal(() => own.run(increment, 1, wrong))).toMatchObject({ code: expect.stringMatching(/INVALID/) });
  expect(await (await own.run(increment, 1)).result()).toBe(2);
  await own.close();
});
