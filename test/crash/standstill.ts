import type { RunHandle } from "@arpeggio/client";
import type { RunEvent, Transport } from "@arpeggio/core";
import type { NatsServer } from "../support/nats-server.ts";
import type { Phoenix } from "./phoenix.ts";
import { readLog, type LoggedRun } from "./recorded-runs.ts";

export interface Scene {
  readonly transport: Transport;
  readonly server: NatsServer;
  /** Where the server tells of itself over HTTP. */
  readonly monitor: string;
  readonly processes: readonly Phoenix[];
  /** In their order, with their times. */
  readonly kills: readonly string[];
  /** Runs whose results have not come. */
  readonly open: readonly RunHandle<unknown>[];
}

/** Any of it may be what stands still, so nothing is waited for longer. */
const ANSWER_MS_MAX = 8_000;
const RUNS_SHOWN = 5;
const OUTPUT_SHOWN = 6_000;

/** What can be seen from outside of an installation in which no run ends any more. */
export async function describeScene(scene: Scene): Promise<string> {
  const { transport, server, monitor, processes, kills, open } = scene;
  const shown = open.slice(0, RUNS_SHOWN);
  const [runs, events, streams] = await Promise.all([
    Promise.all(shown.map((run) => answered(statusOf(run)))),
    answered(readLog(transport).then((log) => shown.map(({ id }) => eventsOf(log.get(id))))),
    answered(streamsOf(monitor)),
  ]);
  return [
    title(`${open.length} runs are open, of which ${shown.length} are shown`),
    ...shown.map(({ id }, place) => `${id} ${runs[place]}\n  ${typeof events === "string" ? events : events[place]}`),
    title("processes"),
    ...processes.map(({ name, isUp, pid, lives }) => `${name}: ${isUp ? `pid ${pid}` : "down"}, ${lives} lives`),
    title("kills"),
    ...kills,
    title(`nats-server ${server.version}, streams and consumers`),
    streams,
    ...processes.map(({ name, output }) => `${title(`output of ${name}`)}\n${lastOf(output)}`),
    title("log of the nats-server since its last start"),
    lastOf(server.log),
  ].join("\n");
}

async function statusOf(run: RunHandle<unknown>): Promise<string> {
  const { state, waitsFor, nodes } = await run.status();
  const lines = nodes.map((node) => `  ${node.node} ${node.state}, attempt ${node.attempt}: ${node.waitsFor ?? "-"}`);
  return [`${state}: ${waitsFor ?? "-"}`, ...lines].join("\n");
}

function eventsOf(run: LoggedRun | undefined): string {
  return run === undefined ? "not in the log" : `log: ${run.events.map(({ event }) => nameOf(event)).join(", ")}`;
}

function nameOf(event: RunEvent): string {
  return "node" in event ? `${event.type} ${String(event.node)}` : event.type;
}

interface StreamReport {
  readonly name: string;
  readonly state: object;
  readonly consumer_detail?: readonly ({ readonly name: string; readonly config?: object } & object)[];
}

async function streamsOf(monitor: string): Promise<string> {
  const response = await fetch(`${monitor}/jsz?accounts=true&streams=true&consumers=true`);
  const report = (await response.json()) as {
    account_details?: readonly { stream_detail?: readonly StreamReport[] }[];
  };
  const streams = (report.account_details ?? []).flatMap((account) => account.stream_detail ?? []);
  return streams.map(streamLines).join("\n");
}

function streamLines({ name, state, consumer_detail: consumers = [] }: StreamReport): string {
  return [
    `${name} ${JSON.stringify(state)}`,
    // How it was made is known.
    ...consumers.map((consumer) => `  ${consumer.name} ${JSON.stringify({ ...consumer, config: undefined })}`),
  ].join("\n");
}

function title(text: string): string {
  return `\n== ${text}`;
}

function lastOf(text: string): string {
  return text.slice(-OUTPUT_SHOWN).trimEnd();
}

async function answered<T>(question: Promise<T>): Promise<T | string> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve(`no answer within ${ANSWER_MS_MAX} ms`), ANSWER_MS_MAX);
  });
  try {
    return await Promise.race([question, late]);
  } catch (error) {
    return `no answer: ${error instanceof Error ? error.message : String(error)}`;
  } finally {
    clearTimeout(timer);
  }
}
