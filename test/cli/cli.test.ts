import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startNatsServer, type NatsServer } from "../support/nats-server.ts";
import { startNode, type RunningProcess } from "../support/process.ts";

const program = fileURLToPath(new URL("../../packages/cli/bin/arpeggio.js", import.meta.url));
const modules = fileURLToPath(new URL("modules", import.meta.url));
const noEnvironment = {
  ARPEGGIO_SERVERS: undefined,
  ARPEGGIO_PREFIX: undefined,
  ARPEGGIO_CREDS: undefined,
  ARPEGGIO_MODULES: undefined,
};

function arpeggio(args: readonly string[], env: Readonly<Record<string, string | undefined>> = {}): RunningProcess {
  return startNode(program, args, { cwd: modules, env: { ...noEnvironment, ...env } });
}

/** Runs a command to its end. */
async function ended(args: readonly string[], env: Readonly<Record<string, string | undefined>> = {}) {
  await using child = arpeggio(args, env);
  const { code } = await child.ended;
  return { code, stdout: child.stdout, stderr: child.stderr };
}

describe("without a server", () => {
  test("--help shows the commands, the environment and the exit codes", async () => {
    const { code, stdout } = await ended(["--help"]);
    expect(code).toBe(0);
    for (const text of ["worker", "coordinator", "run", "ARPEGGIO_SERVERS", "Exit codes", "Example"]) {
      expect(stdout).toContain(text);
    }
    expect((await ended(["worker", "--help"])).stdout).toContain("--concurrency <n>");
    expect((await ended(["--version"])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  test.each([
    ["an unknown command", ["wrok"], /unknown command 'wrok'/],
    ["an unknown option", ["coordinator", "--fast"], /unknown option '--fast'/],
    ["a missing argument", ["worker"], /missing required argument/],
    [
      "a module that is not there",
      ["worker", "nowhere.mjs"],
      /^MODULE_NOT_FOUND there is no module 'nowhere.mjs'\n {2}hint: /,
    ],
    ["a module that throws", ["worker", "throws.mjs"], /^MODULE_FAILED .*no configuration/],
    ["a module without tasks", ["worker", "empty.mjs"], /^MODULE_WITHOUT_TASKS/],
    ["a wrong number", ["worker", "tasks.mjs", "--concurrency", "many"], /^ARGUMENT_INVALID --concurrency is 'many'/],
    ["a wrong value", ["worker", "tasks.mjs", "--concurrency", "0"], /^OPTION_INVALID .*concurrency/],
    [
      "credentials that are not there",
      ["coordinator", "--creds", "none.creds"],
      /^ARGUMENT_INVALID --creds is 'none.creds'/,
    ],
    ["input that is not JSON", ["run", "welcome", "{name}", "--module", "tasks.mjs"], /^INPUT_NOT_JSON/],
    ["an unknown workflow", ["run", "goodbye", "--module", "tasks.mjs"], /^WORKFLOW_NOT_FOUND .*\n.*welcome/],
    [
      "the same of one of two modules",
      ["run", "--module", "tasks.mjs", "--module", "control.mjs", "goodbye"],
      /approval/,
    ],
    ["an unknown source", ["dead-letters", "list", "--source", "moon"], /Allowed choices are events, attempts,/],
    ["a bulk cancel of everything", ["cancel"], /^ARGUMENT_INVALID the run is missing, expected the id of a run/],
  ])("%s ends with 2", async (_what, args, message) => {
    const { code, stderr } = await ended(args);
    expect(stderr).toMatch(message);
    expect(stderr).not.toContain("    at ");
    expect(code).toBe(2);
  });

  test("modules that nobody names are those of ARPEGGIO_MODULES, or are looked for", async () => {
    const run = ["run", "goodbye"];
    expect((await ended(run)).stderr).toMatch(/^WORKFLOW_NOT_FOUND .*\n.*welcome/);
    expect((await ended(run, { ARPEGGIO_MODULES: "control.mjs, empty.mjs" })).stderr).toMatch(/export: .*approval/);
    await using elsewhere = startNode(program, run, { cwd: tmpdir(), env: noEnvironment });
    expect(await elsewhere.ended).toMatchObject({ code: 2 });
    expect(elsewhere.stderr).toMatch(/^ARGUMENT_INVALID --module is missing, expected a JavaScript module/);
  });

  test("--verbose shows the stack", async () => {
    expect((await ended(["worker", "throws.mjs", "--verbose"])).stderr).toMatch(/ {4}at .*throws\.mjs/);
  });

  test("a TypeScript module is refused by a Node that cannot run it", async () => {
    const { code, stderr } = await ended(["worker", "typed.ts"]);
    const isRun = Boolean((process.features as { typescript?: unknown }).typescript);
    expect(stderr).toMatch(isRun ? /^MODULE_WITHOUT_TASKS/ : /^TYPESCRIPT_UNSUPPORTED 'typed.ts' is TypeScript/);
    expect(code).toBe(2);
  });

  test("a server that is not there ends with 1", async () => {
    const { code, stderr } = await ended([
      "run",
      "welcome",
      '{"name":"x"}',
      "--module",
      "tasks.mjs",
      "--servers",
      "127.0.0.1:1",
    ]);
    expect(stderr).toMatch(/^SERVER_UNREACHABLE/);
    expect(code).toBe(1);
  });

  test("a wrong id is refused before any server is asked", async () => {
    const { code, stderr } = await ended([
      "run",
      "welcome",
      '{"name":"x"}',
      "--module",
      "tasks.mjs",
      "--id",
      "a.b",
      "--servers",
      "127.0.0.1:1",
    ]);
    expect(stderr).toMatch(/^NAME_INVALID .*a\.b/);
    expect(code).toBe(2);
  });
});

describe("on a server", () => {
  let server: NatsServer;
  let coordinator: RunningProcess;
  let worker: RunningProcess;
  let env: Record<string, string>;
  beforeAll(async () => {
    server = await startNatsServer();
    env = { ARPEGGIO_SERVERS: server.url };
    coordinator = arpeggio(["coordinator"], env);
    worker = arpeggio(["worker", "tasks.mjs", "--concurrency", "4"], env);
    await Promise.all([coordinator.waitFor(/ready/), worker.waitFor(/ready: .*cli\.greet/)]);
  });
  afterAll(async () => {
    await Promise.all([worker.kill(), coordinator.kill()]);
    await server[Symbol.asyncDispose]();
  });

  const run = (...args: readonly string[]) => ended(["run", ...args, "--module", "tasks.mjs"], env);

  test("run prints the result as JSON and ends with 0", async () => {
    expect(await run("welcome", '{"name":"ada"}')).toEqual({ code: 0, stdout: '"HELLO ADA"\n', stderr: "" });
  });

  test("a worker also reads the queues that are said in exported workflows", async () => {
    expect((await run("elsewhere", '{"name":"ada"}')).stdout).toBe('"HELLO ADA"\n');
  });

  test("a task is found by its name, and by the name of its export", async () => {
    expect((await run("cli.greet", '{"name":"ada"}')).stdout).toBe('"hello ada"\n');
    expect((await run("greet", '{"name":"ada"}')).stdout).toBe('"hello ada"\n');
  });

  test("values that JSON lacks get the nearest thing", async () => {
    const { stdout } = await run("cli.dates");
    expect(JSON.parse(stdout)).toEqual({ at: "1970-01-01T00:00:00.000Z", big: "12", bytes: "aGk=" });
  });

  test("a failed run ends with 1 and says why", async () => {
    const { code, stdout, stderr } = await run("cli.refuse", '{"name":"bob"}');
    expect(stderr).toMatch(
      /^RUN_FAILED run (\S+): TASK_FAILED node 'cli.refuse' failed: bob is not welcome\n {2}hint: 'arpeggio redrive \1'/,
    );
    expect(stdout).toBe("");
    expect(code).toBe(1);
  });

  test("a wrong input ends with 2", async () => {
    const { code, stderr } = await run("welcome", '{"name":5}');
    expect(stderr).toMatch(/^INPUT_INVALID .*name must be string/);
    expect(code).toBe(2);
  });

  test("--follow prints what happens on standard error", async () => {
    const { code, stdout, stderr } = await run("cli.slow", '{"name":"ada"}', "--follow", "--id", "followed");
    expect(stdout).toBe('"slow ada"\n');
    expect(stderr).toMatch(/^run followed\n/);
    expect(stderr).toMatch(/cli\.slow succeeded\n/);
    expect(stderr).toMatch(/succeeded\n$/);
    expect(code).toBe(0);
  });

  test("a run that waits says for what", async () => {
    await using lonely = arpeggio(["run", "cli.missing", '{"name":"ada"}', "--module", "tasks.mjs"], env);
    const told = await lonely.waitFor(
      /running: 1 queued\n {2}cli\.missing queued: no worker knows task 'cli\.missing'/,
    );
    await using followed = arpeggio(["run", "cli.missing", '{"name":"ada"}', "--module", "tasks.mjs", "--follow"], env);
    await followed.waitFor(/cli\.missing queued: no worker knows task/);
    expect(told.index).toBeGreaterThan(0);
    expect(lonely.stdout + followed.stdout).toBe("");
  });

  test("Ctrl+C ends the wait for a run, and says how to find it again", async () => {
    await using waiting = arpeggio(["run", "cli.missing", '{"name":"ada"}', "--id", "left", "--follow"], env);
    await waiting.waitFor(/cli\.missing queued/);
    expect(await waiting.kill("SIGINT")).toEqual({ code: 130, signal: null });
    expect(waiting.stderr).toMatch(
      /run left goes on; 'arpeggio status left' shows it, 'arpeggio cancel left' ends it\n$/,
    );
    expect((await ended(["cancel", "left"], env)).stdout).toBe("left: cancelled\n");
  });

  test("the same id gives the same run, another input is refused", async () => {
    const first = await run("welcome", '{"name":"eve"}', "--id", "once", "--detach");
    expect(first).toEqual({ code: 0, stdout: "once\n", stderr: "" });
    expect((await run("welcome", '{"name":"eve"}', "--id", "once")).stdout).toBe('"HELLO EVE"\n');
    const other = await run("welcome", '{"name":"mallory"}', "--id", "once");
    expect(other.stderr).toMatch(/^RUN_ID_TAKEN/);
    expect(other.code).toBe(2);
  });

  test("SIGTERM lets a worker finish what it has begun; the coordinator hands over", async () => {
    await using second = arpeggio(["worker", "tasks.mjs", "--queues", "drain"], env);
    await second.waitFor(/reads drain/);
    await using ending = startNode(
      fileURLToPath(new URL("modules/start-on-queue.mjs", import.meta.url)),
      [server.url, "cli.slow", "drain"],
      { env: noEnvironment },
    );
    await second.waitFor(/slow begins/);
    expect(await second.kill("SIGTERM")).toEqual({ code: 0, signal: null });
    expect(second.stderr).toMatch(/SIGTERM: draining/);
    await ending.waitFor(/result "slow drain"/);
  });

  test("a second signal ends a worker at once", async () => {
    await using second = arpeggio(["worker", "tasks.mjs", "--queues", "deaf"], env);
    await second.waitFor(/reads deaf/);
    await using starter = startNode(
      fileURLToPath(new URL("modules/start-on-queue.mjs", import.meta.url)),
      [server.url, "cli.deaf", "deaf"],
      { env: noEnvironment },
    );
    await second.waitFor(/deaf begins/);
    process.kill(second.pid, "SIGINT");
    await second.waitFor(/SIGINT: draining/);
    expect(await second.kill("SIGINT")).toEqual({ code: 130, signal: null });
    await starter.kill();
  });

  test("a run without a coordinator says so", async () => {
    const other = { ...env, ARPEGGIO_PREFIX: "nobody" };
    await using lonely = arpeggio(["run", "welcome", '{"name":"ada"}', "--module", "tasks.mjs", "--follow"], other);
    await lonely.waitFor(/unknown; waits for a coordinator: nobody answers for partition \d/);
    expect(lonely.stdout).toBe("");
  });

  test("a coordinator ends with 0 and another one goes on", async () => {
    const next = arpeggio(["coordinator", "--name", "next"], env);
    await next.waitFor(/ready/);
    expect(await coordinator.kill("SIGTERM")).toEqual({ code: 0, signal: null });
    coordinator = next;
    expect((await run("welcome", '{"name":"ada"}')).stdout).toBe('"HELLO ADA"\n');
  });
});
