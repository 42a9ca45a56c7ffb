import { fileURLToPath } from "node:url";
import {
  chain,
  contract,
  createApp,
  createClient,
  createCoordinator,
  createWorker,
  embedded,
  implement,
  jsonSchema,
  signal,
  task,
  workflow,
  type AppOptions,
  type RunUpdate,
} from "arpeggio";
import { expect, test } from "vitest";
import { startNode } from "../support/process.ts";

const increment = task("increment", (n: number) => n + 1);
const Any = jsonSchema<number>({ type: "number" });
const triple = contract("triple", { input: Any, output: Any, queue: "cpu" });
const tripleTask = implement(triple, (n) => n * 3);

async function all(updates: AsyncIterable<RunUpdate>): Promise<RunUpdate[]> {
  const told: RunUpdate[] = [];
  for await (const update of updates) told.push(update);
  return told;
}

function refused(options: AppOptions | Readonly<Record<string, unknown>>) {
  return createApp(options as AppOptions).then(
    () => expect.fail("the app was made"),
    (error: unknown) => error,
  );
}

test("wrong options are refused, by name", async () => {
  expect(await refused({ task: [] })).toMatchObject({ code: "OPTION_INVALID", option: "task" });
  expect(await refused({ roles: ["boss"] })).toMatchObject({ code: "OPTION_INVALID", option: "roles" });
  expect(await refused({ roles: [] })).toMatchObject({ code: "OPTION_INVALID", option: "roles" });
  expect(await refused({ transport: "nats://127.0.0.1" })).toMatchObject({
    code: "OPTION_INVALID",
    option: "transport",
  });
  expect(await refused({ tasks: increment })).toMatchObject({ code: "OPTION_INVALID", option: "tasks" });
  expect(await refused({ tasks: [increment], roles: ["client"] })).toMatchObject({ code: "OPTION_INVALID" });
  expect(await refused({ tasks: [() => 1] })).toMatchObject({ code: "OPTION_INVALID", option: "tasks[0]" });
  expect(await refused({ concurrency: 0 })).toMatchObject({ code: "OPTION_INVALID", option: "concurrency" });
  expect(await refused({ coordinator: { leaseMs: 1 } })).toMatchObject({ code: "OPTION_INVALID", option: "leaseMs" });
  expect(await refused({ coordinator: { runsMax: 0 } })).toMatchObject({ code: "OPTION_INVALID", option: "runsMax" });
  expect(await refused({ coordinator: { lease: 1 } })).toMatchObject({ code: "OPTION_INVALID", option: "lease" });
  expect(await refused({ startsInFlightMax: 0 })).toMatchObject({ code: "OPTION_INVALID" });
  expect(await refused({ name: "two words" })).toMatchObject({ code: "NAME_INVALID" });
  expect(await refused({ tasks: [increment, task("increment", () => 1)] })).toMatchObject({ code: "DUPLICATE_TASK" });
  expect(await refused({ tasks: [triple] })).toMatchObject({ code: "TASK_WITHOUT_HANDLER" });
});

test("an app passes on how many starts and runs it may have at once", async () => {
  await using app = await createApp({ tasks: [increment], startsInFlightMax: 1, coordinator: { runsMax: 10_000 } });
  const [first, second] = [app.run(increment, 1), app.run(increment, 2)];
  await expect(second).rejects.toMatchObject({
    code: "QUEUE_FULL",
    message: expect.stringContaining("startsInFlightMax"),
  });
  expect(await (await first).result()).toBe(2);
});

test("a role that is missing is told", async () => {
  await using app = await createApp({ roles: ["coordinator"] });
  await expect(app.run(increment, 1)).rejects.toMatchObject({ code: "ROLE_MISSING" });
  expect(() => app.attach("r1")).toThrow(expect.objectContaining({ code: "ROLE_MISSING" }));
  expect(() => app.register([increment])).toThrow(expect.objectContaining({ code: "ROLE_MISSING" }));
});

test("roles in apps of their own work together", async () => {
  const transport = embedded();
  await using service = await createApp({ transport, roles: ["client"] });
  await using _coordinator = await createApp({ transport, roles: ["coordinator"] });
  await using _worker = await createApp({ transport, roles: ["worker"], tasks: [tripleTask] });
  expect(await (await service.run(triple, 5)).result()).toBe(15);
});

test("a workflow among the tasks stands for the tasks in it, and their queues", async () => {
  const transport = embedded();
  const far = workflow("far", chain(increment.with({ queue: "far-away" }), triple));
  await using service = await createApp({ transport, roles: ["client"] });
  await using _others = await createApp({ transport, roles: ["coordinator", "worker"], tasks: [far, tripleTask] });
  expect(await (await service.run(far, 1)).result()).toBe(6);
});

test("a task with options of its own, among the tasks or registered, is run where these send it", async () => {
  const transport = embedded();
  await using service = await createApp({ transport, roles: ["client", "coordinator"] });
  await using worker = await createApp({ transport, roles: ["worker"], tasks: [increment.with({ queue: "far" })] });
  expect(await (await service.run(increment.with({ queue: "far" }), 1)).result()).toBe(2);
  const farther = workflow("farther", tripleTask.with({ queue: "farther" }));
  await worker.register([farther]);
  expect(await (await service.run(farther, 1)).result()).toBe(3);
});

test("a canvas that a handler puts in its place is run by whoever was given it, when the handler's worker is gone", async () => {
  const transport = embedded();
  const brought = chain(
    signal("go"),
    task("brought", (n: unknown) => [n]),
  );
  const grows = task("grows", (_: number, ctx) => ctx.replaceWith(brought));
  await using service = await createApp({ transport, roles: ["client", "coordinator"] });
  const first = await createApp({ transport, roles: ["worker"], tasks: [grows] });
  const run = await service.run(grows, 1);
  await expect.poll(async () => (await run.status()).counts.running, { interval: 5 }).toBe(2);
  await first.close();
  await using _second = await createApp({ transport, roles: ["worker"], tasks: [grows, brought] });
  await run.signal("go", "on");
  expect(await run.result()).toEqual(["on"]);
});

test("a run that no worker can run says so, until there is one", async () => {
  await using app = await createApp();
  const run = await app.run(workflow("lonely", triple), 5);
  const waitsFor = async () => (await run.status()).nodes.find(({ node }) => node === "triple")?.waitsFor;
  let text = await waitsFor();
  while (text === undefined) text = await waitsFor();
  expect(text).toBe("no worker knows task 'triple' (queue 'cpu')");
  await app.register([tripleTask]);
  expect(await run.result()).toBe(15);
});

test("a run without a coordinator says so, and goes on when there is one", async () => {
  const transport = embedded();
  await using service = await createApp({ transport, roles: ["client", "worker"] });
  const run = await service.run(increment, 1);
  expect(await run.status()).toMatchObject({
    id: run.id,
    state: "unknown",
    waitsFor: "waits for a coordinator: nobody answers for partition 0",
  });
  await using _coordinator = await createApp({ transport, roles: ["coordinator"] });
  expect(await run.result()).toBe(2);
});

test("close ends waits with CLIENT_CLOSED, and so does everything after it", async () => {
  const app = await createApp({ roles: ["client"] });
  const run = await app.run(increment, 1);
  const waiting = Promise.allSettled([run.result(), run.cancel(), all(run.events())]);
  await app.close();
  await app.close();
  for (const outcome of await waiting) {
    expect(outcome).toMatchObject({ status: "rejected", reason: { code: "CLIENT_CLOSED" } });
  }
  await expect(app.run(increment, 1)).rejects.toMatchObject({ code: "CLIENT_CLOSED" });
  await expect(run.result()).rejects.toMatchObject({ code: "CLIENT_CLOSED" });
});

test("the roles can be wired by hand", async () => {
  const transport = await embedded().open("by-hand");
  const coordinator = createCoordinator({ transport });
  const worker = createWorker({ transport, tasks: [tripleTask] });
  await Promise.all([coordinator.start(), worker.start()]);
  const client = await createClient({ transport });
  expect(await (await client.workflow(triple).run(2)).result()).toBe(6);
  await worker.stop();
  await coordinator.stop();
  await client.close();
  await transport.close();
});

const script = (name: string) => fileURLToPath(new URL(`scripts/${name}`, import.meta.url));

test("a program that waits for a run stays alive, also while nothing happens, and ends by itself after it", async () => {
  await using child = startNode(script("waits-for-retry.mjs"));
  expect(await child.ended).toEqual({ code: 0, signal: null });
  expect(child.stdout).toBe("done at attempt 2\n");
});

test("a program that follows a run stays alive until it is told of the end", async () => {
  await using child = startNode(script("follows-cancelled.mjs"));
  expect(await child.ended).toEqual({ code: 0, signal: null });
  expect(child.stdout).toBe("cancelled\n");
});

test("a program that asks about a run stays alive until it is answered", async () => {
  await using child = startNode(script("redrives-nothing.mjs"));
  expect(await child.ended).toEqual({ code: 0, signal: null });
  expect(child.stdout).toBe("RUN_NOT_FOUND\n");
});

test("runUntilSignal lets the worker finish, and a second signal does not wait", async () => {
  await using patient = startNode(script("until-signal.mjs"), ["300"]);
  await patient.waitFor(/begins/);
  expect(await patient.kill("SIGTERM")).toEqual({ code: 0, signal: null });
  expect(patient.stdout).toMatch(/begins\nends\nclosed\n$/);

  await using hasty = startNode(script("until-signal.mjs"), ["600000"]);
  await hasty.waitFor(/begins/);
  process.kill(hasty.pid, "SIGTERM");
  await hasty.waitFor(/SIGTERM/);
  expect(await hasty.kill("SIGTERM")).toEqual({ code: 143, signal: null });
});
