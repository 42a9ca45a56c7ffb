import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startNatsServer, type NatsServer } from "../support/nats-server.ts";
import { startNode, type RunningProcess } from "../support/process.ts";

const program = fileURLToPath(new URL("../../packages/cli/bin/arpeggio.js", import.meta.url));
const modules = fileURLToPath(new URL("modules", import.meta.url));
const noEnvironment = { ARPEGGIO_SERVERS: undefined, ARPEGGIO_PREFIX: undefined, ARPEGGIO_CREDS: undefined };

let server: NatsServer;
let coordinator: RunningProcess;
let worker: RunningProcess;

function arpeggio(...args: readonly string[]): RunningProcess {
  return startNode(program, args, { cwd: modules, env: { ...noEnvironment, ARPEGGIO_SERVERS: server.url } });
}

async function ended(...args: readonly string[]) {
  await using child = arpeggio(...args);
  const { code } = await child.ended;
  return { code, stdout: child.stdout, stderr: child.stderr };
}

async function started(id: string, workflow: string, input: string): Promise<void> {
  const { code, stderr } = await ended("run", workflow, input, "--module", "control.mjs", "--id", id, "--detach");
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
}

beforeAll(async () => {
  server = await startNatsServer();
  coordinator = arpeggio("coordinator");
  worker = arpeggio("worker", "control.mjs");
  await Promise.all([coordinator.waitFor(/ready/), worker.waitFor(/ready: /)]);
});
afterAll(async () => {
  await Promise.all([worker.kill(), coordinator.kill()]);
  await server[Symbol.asyncDispose]();
});

test("a run is paused, resumed and signalled", { timeout: 60_000 }, async () => {
  await started("paused", "approval", '{"name":"ada"}');
  expect(await ended("pause", "paused", "--reason", "lunch")).toMatchObject({ code: 0, stdout: "paused: paused\n" });
  expect((await ended("status", "paused")).stdout).toContain("running (paused: lunch)");
  expect((await ended("runs", "--state", "paused")).stdout).toMatch(/^paused +paused +\S+ approval/);
  expect(await ended("resume", "paused")).toMatchObject({ code: 0, stdout: "paused: resumed\n" });
  expect(await ended("signal", "paused", "aproved", '"yes"')).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^SIGNAL_NOT_EXPECTED .*\n {2}hint: .*approved/) as string,
  });
  expect(await ended("signal", "paused", "approved", "7")).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/^SIGNAL_PAYLOAD_INVALID/) as string,
  });
  expect(await ended("signal", "paused", "approved", "{yes")).toMatchObject({ code: 2 });
  expect((await ended("signal", "paused", "approved", '"yes"', "--id", "1")).stdout).toBe(
    "paused: 'approved' is sent\n",
  );
  expect(await ended("run", "approval", '{"name":"ada"}', "--module", "control.mjs", "--id", "paused")).toMatchObject({
    code: 0,
    stdout: '"yes"\n',
  });
  expect(await ended("pause", "paused")).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^RUN_ENDED/) as string,
  });
});

test("runs are listed and cancelled", { timeout: 60_000 }, async () => {
  for (const id of ["one", "two", "three"]) await started(id, "approval", '{"name":"bob"}');
  expect(await ended("cancel", "one", "--reason", "enough")).toMatchObject({ code: 0, stdout: "one: cancelled\n" });
  const { stdout } = await ended("runs", "--workflow", "approval", "--state", "cancelled", "--json");
  expect(JSON.parse(stdout)).toMatchObject([{ id: "one", failure: { message: "enough" } }]);
  expect((await ended("cancel", "two", "--node", "signal")).stdout).toBe("two: asked to cancel signal\n");
  expect((await ended("cancel", "three", "--node", "sginal")).stderr).toMatch(/^NODE_NOT_FOUND .*\n {2}hint: .*signal/);
  const all = await ended("cancel", "--label", "kind=approval");
  expect(all.stdout).toContain("three: cancelled\n");
  expect((await ended("cancel", "--label", "kind=approval")).stderr).toContain("no run under way has this label");
  expect(await ended("cancel")).toMatchObject({ code: 2 });
  const page = await ended("runs", "--workflow", "approval", "--limit", "1");
  const next = /^there are more: --after (\S+)\n$/.exec(page.stderr)?.[1] ?? "";
  expect(page.stdout).toMatch(/^three /);
  expect((await ended("runs", "--workflow", "approval", "--limit", "1", "--after", next)).stdout).toMatch(/^two /);
  expect(await ended("runs", "--after", "two")).toMatchObject({ code: 2 });
  expect(await ended("runs", "--limit", "none")).toMatchObject({ code: 2 });
  expect(await ended("runs", "--since", "soon")).toMatchObject({ code: 2 });
});

test("a run that failed is redriven after its plan was shown", { timeout: 60_000 }, async () => {
  await started("broken", "shaky", '{"name":"eve"}');
  await ended("run", "shaky", '{"name":"eve"}', "--module", "control.mjs", "--id", "broken");
  const shown = await ended("redrive", "broken");
  expect(shown.stderr).toMatch(/kept: 1\n {2}cli\.note\nruns again: 1\n {2}cli\.shaky\n.*ARGUMENT_INVALID --yes/s);
  expect(shown).toMatchObject({ code: 2, stdout: "" });
  expect(await ended("redrive", "broken", "--yes", "--id", "mended")).toMatchObject({ code: 0, stdout: "mended\n" });
  await worker.waitFor(/shaky mended/);
  const { stdout } = await ended("status", "mended");
  expect(stdout).toMatch(
    /^run mended of 'shaky' succeeded: 2 succeeded\n {2}cli\.note succeeded, \d+ ms\n {2}cli\.shaky /,
  );
  expect(stdout).toContain("goes on with broken\n");
  // And one that succeeded.
  expect((await ended("redrive", "mended", "--yes")).stderr).toMatch(/^REDRIVE_NOTHING_TO_DO/);
  const again = await ended("redrive", "mended", "--from", "cli.shaky", "--yes", "--id", "again");
  expect(again).toMatchObject({ code: 0, stdout: "again\n" });
  expect(again.stderr).toContain("kept: 1\n  cli.note\nruns again: 1\n  cli.shaky\n");
  await worker.waitFor(/shaky again/);
  expect(await ended("redrive", "nobody", "--yes")).toMatchObject({ code: 1 });
});

test("what somebody else has written does not reach the terminal as it is", { timeout: 60_000 }, async () => {
  await started("escapes", "approval", '{"name":"ada"}');
  expect(await ended("pause", "escapes", "--reason", "\u001b[2Jlunch\nforged")).toMatchObject({ code: 0 });
  expect((await ended("status", "escapes")).stdout).toContain("(paused: \\u001b[2Jlunch\\nforged)");
  await ended("cancel", "escapes", "--reason", "\u001b[2Jenough");
  expect((await ended("status", "escapes")).stdout).toContain("RUN_CANCELLED \\u001b[2Jenough");
});
