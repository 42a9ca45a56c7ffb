import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { createClient, type Client, type RunHandle } from "@arpeggio/client";
import { chain, chord, compile, decodeLease, group, type Transport, type WorkflowGraph } from "@arpeggio/core";
import { nats } from "@arpeggio/transport-nats";
import { freePort } from "../support/free-port.ts";
import { natsServers, startNatsServer, type NatsServer, type NatsServerProgram } from "../support/nats-server.ts";
import { Phoenix } from "./phoenix.ts";
import { Progress } from "./progress.ts";
import { foldedAgain, readHandOvers, readLog, violations } from "./recorded-runs.ts";
import { retention } from "./settings.mjs";
import { describeScene } from "./standstill.ts";
import { double, flaky, increment, sum } from "./tasks.mjs";

const runs = Number(process.env["ARPEGGIO_CRASH_RUNS"] ?? 90);
const rounds = Number(process.env["ARPEGGIO_CRASH_ROUNDS"] ?? 3);

const six = chain(increment, increment, increment, flaky, increment, increment);
const diamond = chain(increment, group([increment, double]), sum);
const twenty = chord(group(Array.from({ length: 20 }, () => double)), sum);
const shapes = [
  { canvas: six, graph: compile(six).graph, want: (n: number) => n + 6 },
  { canvas: diamond, graph: compile(diamond).graph, want: (n: number) => n + 2 + (n + 1) * 2 },
  { canvas: twenty, graph: compile(twenty).graph, want: (n: number) => n * 40 },
] as const;

let folder: string;
let server: NatsServer;
let monitor: string;
let transport: Transport;
let client: Client;
let coordinators: readonly Phoenix[];
let workers: readonly Phoenix[];
let handOverLog: string;
let executionLog: string;

async function startAll(binary: NatsServerProgram): Promise<void> {
  folder = mkdtempSync(join(tmpdir(), "arpeggio-crash-"));
  handOverLog = join(folder, "hand-overs.jsonl");
  executionLog = join(folder, "executions");
  for (const log of [handOverLog, executionLog]) writeFileSync(log, "");
  const monitorPort = await freePort();
  monitor = `http://127.0.0.1:${monitorPort}`;
  server = await startNatsServer({ binary, storeDir: join(folder, "js"), config: `http: "127.0.0.1:${monitorPort}"` });
  transport = await nats({ servers: server.url, ...retention }).open("crash-test");
  client = await createClient({ transport, name: "crash" });
  const script = (name: string) => join(import.meta.dirname, name);
  coordinators = ["c1", "c2"].map((name) => new Phoenix(name, script("coordinator-process.mjs"), [server.url]));
  const env = { CRASH_EXECUTIONS: executionLog };
  workers = ["w1", "w2"].map((name) => new Phoenix(name, script("worker-process.mjs"), [server.url, handOverLog], env));
  await Promise.all([...coordinators, ...workers].map((one) => one.ready()));
}

async function endAll(): Promise<void> {
  await client.close();
  await Promise.all([...coordinators, ...workers].map((one) => one.end()));
  await transport.close();
  await server[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
}

/** The coordinator that owns partition 0, as its lease says. */
async function owner(): Promise<Phoenix> {
  const lease = await transport.bucket("partitions").get("0");
  const name = lease === undefined ? "" : decodeLease(lease.value).owner;
  return coordinators.find((one) => name.startsWith(one.name)) ?? (coordinators[0] as Phoenix);
}

/** One kill of each kind, each at a moment when runs are under way; `kills` says what was done when. */
async function killEach(progress: (share: number) => Promise<void>, round: number, kills: string[]): Promise<void> {
  const note = (what: string) => kills.push(`${new Date().toISOString()} ${what}`);
  const kill = async (one: Phoenix) => {
    note(`${one.name} is killed`);
    await one.kill();
  };
  const victims = [
    async () => kill(await owner()),
    async () => kill(workers[round % 2] as Phoenix),
    async () => {
      note("the server is killed");
      await server.kill();
      await server.restart();
      note("the server is back");
    },
  ];
  for (const [place, strike] of victims.entries()) {
    await progress((round * victims.length + place + 1) / (rounds * victims.length + 2));
    await strike();
  }
}

describe.each(natsServers())("with nats-server $version", (binary) => {
  beforeEach(() => startAll(binary), 60_000);
  afterEach(endAll, 60_000);

  test("every run ends with the right value, whatever is killed", { timeout: 240_000 }, async () => {
    const expected = new Map<string, { want: number; graph: WorkflowGraph }>();
    const results = new Map<string, Promise<unknown>>();
    const open = new Map<string, RunHandle<unknown>>();
    const kills: string[] = [];
    const progress = new Progress(() =>
      describeScene({
        transport,
        server,
        monitor,
        processes: [...coordinators, ...workers],
        kills,
        open: [...open.values()],
      }),
    );
    onTestFinished(() => progress.stop());
    const share = (part: number) => progress.until((ended) => ended >= runs * part);
    const killing = async () => {
      for (let round = 0; round < rounds; round++) await killEach(share, round, kills);
    };
    // A window of runs under way, so that there is work in every state at every kill.
    const starting = async () => {
      for (let n = 0; n < runs; n++) {
        const { canvas, graph, want } = shapes[n % shapes.length] as (typeof shapes)[0];
        const run: RunHandle<unknown> = await client.run(canvas, n);
        expected.set(run.id, { want: want(n), graph });
        open.set(run.id, run);
        const result = run.result();
        results.set(run.id, result);
        const end = () => {
          open.delete(run.id);
          progress.runEnded();
        };
        result.then(end, end);
        await progress.until((ended) => results.size - ended < 30);
      }
    };
    await Promise.all([killing(), starting(), progress.until((ended) => ended === runs)]);
    progress.stop();
    for (const [run, result] of results) expect(await result).toBe(expected.get(run)?.want);

    const graphOf = (run: string) => {
      const known = expected.get(run);
      if (known === undefined) throw new Error(`the log has a run ${run} that nobody started`);
      return known.graph;
    };
    const log = await readLog(transport);
    const handOvers = readHandOvers(handOverLog);
    expect(violations(graphOf, log, handOvers)).toEqual([]);
    expect(log.size).toBe(runs);
    for (const [run, { want, graph }] of expected) {
      const logged = log.get(run);
      if (logged === undefined) throw new Error(`the log does not have run ${run}`);
      expect(foldedAgain(graph, logged)).toEqual({ value: want, accepted: graph.nodes.map(() => 1) });
    }

    expect([...coordinators, ...workers].flatMap(({ surprises }) => surprises)).toEqual([]);
    // The reconciler looked at every run that stood still for a moment, and had nothing to make good.
    for (const coordinator of coordinators)
      expect(coordinator.output).not.toMatch(/which is made good|waits for nothing/);

    const executions = readFileSync(executionLog, "utf8").trim().split("\n");
    const repeated = executions.length - new Set(executions).size;
    console.log(
      `crash test: ${runs} runs, ${rounds * 3} kills (${rounds} each of coordinator, worker, server), ` +
        `${executions.length} executions, ${repeated} of them repeated, ${handOvers.length} hand-overs`,
    );
  });
});
