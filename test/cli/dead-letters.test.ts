import { fileURLToPath } from "node:url";
import { busSubjects, setAside } from "@arpeggio/core";
import type { Transport } from "@arpeggio/core";
import { nats } from "@arpeggio/transport-nats";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startNatsServer, type NatsServer } from "../support/nats-server.ts";
import { startNode, type RunningProcess } from "../support/process.ts";

const program = fileURLToPath(new URL("../../packages/cli/bin/arpeggio.js", import.meta.url));
const cwd = fileURLToPath(new URL("modules", import.meta.url));

let server: NatsServer;
let transport: Transport;
let coordinator: RunningProcess;
beforeAll(async () => {
  server = await startNatsServer();
  transport = await nats({ servers: server.url }).open("test");
  coordinator = start(["coordinator"]);
  await coordinator.waitFor(/ready/);
});
afterAll(async () => {
  await coordinator.kill();
  await transport.close();
  await server[Symbol.asyncDispose]();
});

const start = (args: readonly string[]) =>
  startNode(program, args, { cwd, env: { ARPEGGIO_SERVERS: server.url, ARPEGGIO_PREFIX: undefined } });

async function ended(...args: readonly string[]) {
  await using child = start(args);
  const { code } = await child.ended;
  return { code, stdout: child.stdout, stderr: child.stderr };
}

test("dead letters are listed, shown, refused and dropped", { timeout: 60_000 }, async () => {
  expect(await ended("dead-letters", "list")).toEqual({ code: 0, stdout: "", stderr: "no dead letters\n" });
  const reason = { code: "RECORD_UNDECODABLE", message: "it is of no use" };
  await setAside(transport, { source: "events", place: "0.7.0", bytes: Buffer.from("odd"), reason });
  await setAside(transport, { source: "control", place: "x", bytes: Buffer.from("odd"), reason });
  const list = await ended("dead-letters", "list", "--source", "events");
  expect(list.stdout).toMatch(/^\S+Z events\.0\.7\.0 RECORD_UNDECODABLE \(3 bytes\) it is of no use\n$/);
  expect(JSON.parse((await ended("dead-letters", "list", "--json")).stdout)).toHaveLength(2);
  expect((await ended("dead-letters", "show", "events.0.7.0")).stdout).toContain("bytes (base64): b2Rk");
  expect((await ended("dead-letters", "show", "events.0.7.0", "--raw")).stdout).toBe("odd");
  const refused = await ended("dead-letters", "requeue", "control.x");
  expect(refused.stderr).toMatch(/^DEAD_LETTER_NOT_REQUEUABLE .*only attempts and events can be/);
  expect(refused.code).toBe(1);
  expect((await ended("dead-letters", "drop", "control.x", "events.0.7.0")).stdout).toBe(
    "control.x: dropped\nevents.0.7.0: dropped\n",
  );
  expect((await ended("dead-letters", "show", "control.x")).stderr).toMatch(/^DEAD_LETTER_NOT_FOUND/);
  expect((await ended("dead-letters", "list", "--limit", "none")).code).toBe(2);
  expect((await ended("dead-letters", "requeue")).code).toBe(2);
});

test("an undecodable request to the coordinator is among them", async () => {
  transport.bus.publish(busSubjects.control(0), Buffer.from("what?"));
  await coordinator.waitFor(/was set aside as dead letter control\./);
  expect((await ended("dead-letters", "list", "--code", "RECORD_UNDECODABLE")).stdout).toMatch(/ control\.\S+ /);
});

test("status shows a run with what its nodes wait for", async () => {
  const run = ["run", "cli.missing", '{"name":"ada"}', "--module", "tasks.mjs", "--id", "lonely", "--detach"];
  expect((await ended(...run)).code).toBe(0);
  const { code, stdout } = await ended("status", "lonely");
  expect(stdout).toMatch(
    /^run lonely of 'cli\.missing' running: 1 queued\n {2}cli\.missing queued: no worker knows task/,
  );
  expect(code).toBe(0);
  expect(JSON.parse((await ended("status", "lonely", "--json")).stdout)).toMatchObject({
    id: "lonely",
    state: "running",
  });
  expect((await ended("status", "lonely", "--nodes", "few")).stderr).toMatch(/^ARGUMENT_INVALID --nodes is 'few'/);
  expect((await ended("status", "nobody")).stderr).toMatch(/^RUN_NOT_FOUND/);
});
