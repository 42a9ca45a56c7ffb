import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startNatsServer, type NatsServer } from "../support/nats-server.ts";
import { startNode, type RunningProcess } from "../support/process.ts";

const root = new URL("../../", import.meta.url);
const file = (path: string) => fileURLToPath(new URL(path, root));

/** Request bodies and answers of the README, in the order in which they stand there. */
const readme = readFileSync(file("examples/04-service/README.md"), "utf8");
const orders = [...readme.matchAll(/curl -s -d '(\{.*\})'/g)].map((match) => match[1] ?? "");
const answers = [...readme.matchAll(/```json\n(.*)\n```/g)].map((match) => JSON.parse(match[1] ?? "") as object);

let server: NatsServer;
const processes: RunningProcess[] = [];
/** The service as it is, and one that waits for as long as a run takes: what is quick depends on the machine. */
let url: string;
let patientUrl: string;

beforeAll(async () => {
  server = await startNatsServer();
  const env = { ARPEGGIO_SERVERS: server.url, ARPEGGIO_PREFIX: undefined, PORT: "0" };
  const cli = file("packages/cli/bin/arpeggio.js");
  processes.push(
    startNode(cli, ["coordinator"], { env }),
    startNode(cli, ["worker", file("examples/dist/04-service/tasks.js")], { env }),
  );
  await Promise.all(processes.map((role) => role.waitFor(/ready/)));
  url = await startService(env);
  patientUrl = await startService({ ...env, QUICK_MS: "60000" });
});
afterAll(async () => {
  await Promise.all(processes.map((child) => child.kill()));
  await server[Symbol.asyncDispose]();
});

async function startService(env: Record<string, string | undefined>): Promise<string> {
  const service = startNode(file("examples/dist/04-service/main.js"), [], { env });
  processes.push(service);
  return (await service.waitFor(/listening on (\S+)/))[1] ?? "";
}

const post = (body: string, to = url) => fetch(`${to}/reports`, { method: "POST", body });

test("a quick run is answered with its result", async () => {
  const response = await post(orders[0] ?? "", patientUrl);
  expect(response.status).toBe(200);
  expect(await response.json()).toEqual(answers[0]);
});

test("a slow run is answered with its id, and found under it", async () => {
  const response = await post(orders[1] ?? "");
  expect(response.status).toBe(202);
  const { run } = (await response.json()) as { run: string };
  expect(Object.keys(answers[1] ?? {})).toEqual(["run"]);
  const location = response.headers.get("location");
  expect(location).toBe(`/runs/${run}`);

  const look = async () => (await fetch(url + location)).json() as Promise<{ state: string }>;
  expect(await look()).toEqual(answers[2]);
  let seen = await look();
  while (seen.state === "running") seen = await look();
  expect(seen).toEqual(answers[3]);
});

test("a wrong order is answered with what is wrong", async () => {
  const response = await post(orders[2] ?? "");
  expect(response.status).toBe(400);
  expect(await response.json()).toEqual(answers[4]);
  expect((await post("not JSON")).status).toBe(400);
});

test("an unknown run is not found", async () => {
  const response = await fetch(`${url}/runs/nobody-knows-this`);
  expect(response.status).toBe(404);
  expect(await response.json()).toMatchObject({ code: "RUN_NOT_FOUND" });
});

test("the processes end in good order when they are told to", async () => {
  const ends = await Promise.all(processes.map((child) => child.kill("SIGTERM")));
  expect(ends).toEqual(processes.map(() => ({ code: 0, signal: null })));
});
