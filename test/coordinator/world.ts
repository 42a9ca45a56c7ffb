import { setImmediate } from "node:timers/promises";
import { createCoordinator } from "@arpeggio/coordinator";
import type { Coordinator } from "@arpeggio/coordinator";
import {
  argumentPlace,
  compile,
  decodeAttempt,
  decodeOutcome,
  encodeEvent,
  encodeGraph,
  encodePayload,
  evaluate,
  loadPayload,
  offloadPayload,
  partitionOf,
} from "@arpeggio/core";
import type { AnyCanvas, AttemptRecord, Expr, OutcomeRecord, RunEvent, RunStarted, Transport } from "@arpeggio/core";
import { createEmbeddedTransport, manualClock } from "@arpeggio/transport-embedded";
import type { EmbeddedOptions, EmbeddedTransport, ManualClock } from "@arpeggio/transport-embedded";

/** What a task of these tests does; what it throws is a failure. */
export type Work = (input: unknown, attempt: AttemptRecord) => unknown;

const TURNS_MAX = 20_000;
export const LEASE_MS = 1_000;

/** A broker, coordinators, a worker and a client in one process, on a clock that goes on only when the test lets it. */
export class World {
  readonly clock: ManualClock = manualClock(1_000_000);
  readonly broker: EmbeddedTransport;
  readonly coordinators: Coordinator[] = [];
  /** Every attempt that a worker got, once for each delivery. */
  readonly delivered: AttemptRecord[] = [];
  readonly outcomes = new Map<string, OutcomeRecord>();
  /** How often the outcome of a run was put. */
  readonly outcomePuts = new Map<string, number>();
  client!: Transport;
  /** How many wakers the test takes away, for the reconciler to find. */
  repairs = 0;

  private constructor(options: EmbeddedOptions) {
    this.broker = createEmbeddedTransport({ ...options, clock: this.clock });
  }

  static async open(options: EmbeddedOptions = {}): Promise<World> {
    const world = new World(options);
    world.client = await world.broker.open("client");
    await world.client.bucket("results").observe("*.client", ({ value }) => {
      const outcome = decodeOutcome(value);
      world.outcomes.set(outcome.run, outcome);
      world.outcomePuts.set(outcome.run, (world.outcomePuts.get(outcome.run) ?? 0) + 1);
    });
    return world;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    let isStopped = false;
    const stopping = Promise.all(this.coordinators.map((coordinator) => coordinator.stop()));
    const ended = stopping.finally(() => (isStopped = true));
    // What is on its way may wait a moment for others.
    await this.until(() => isStopped, 1);
    await ended;
    // Whatever crashed: nothing that waits has lost what will wake it.
    const repaired = this.coordinators.reduce((sum, coordinator) => sum + coordinator.stats().repaired, 0);
    if (repaired !== this.repairs) throw new Error(`${repaired} wakers were missing instead of ${this.repairs}`);
    await this.broker.close();
  }

  /** A coordinator that runs; `kill` is what a crash looks like from outside: its connection is gone, and nothing was said. */
  async coordinator(name = "c"): Promise<{ readonly it: Coordinator; readonly kill: () => Promise<void> }> {
    const transport = await this.broker.open(name);
    const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
    const it = createCoordinator({ transport, name, leaseMs: LEASE_MS, checkpointMs: 100, janitorMs: 200, log });
    this.coordinators.push(it);
    await it.start();
    return { it, kill: () => transport.close() };
  }

  /** A worker for the default queue: does `work`, reports, lets go. */
  async worker(work: Work): Promise<{ stop(): Promise<void> }> {
    const transport = await this.broker.open("worker");
    const options = { inHandMax: 1_000, ackWaitMs: 60_000 };
    return transport.attempts.consume("default", options, (delivery) => {
      const attempt = decodeAttempt(delivery.bytes);
      this.delivered.push(attempt);
      void this.report(transport, attempt, work).then(() => delivery.ack());
    });
  }

  async report(transport: Transport, attempt: AttemptRecord, work: Work): Promise<void> {
    const about = { run: attempt.run, node: attempt.node, attempt: attempt.attempt };
    let event: RunEvent;
    try {
      const value = encodePayload(await work(await inputOf(transport, attempt), attempt));
      const { inlineBytesMax } = transport.limits;
      const key = `${attempt.run}/${attempt.node}/result`;
      const result = await offloadPayload(value, { inlineBytesMax, blobs: transport.blobs, key });
      event = { type: "attempt.succeeded", ...about, result };
    } catch (error) {
      const { name, message } = error as Error;
      event = {
        type: "attempt.failed",
        ...about,
        failure: { code: "TASK_FAILED", error: { name, message }, permanent: false },
      };
    }
    await transport.events.append(attempt.partition, encodeEvent(event));
  }

  async start(run: string, canvas: AnyCanvas, input: unknown, more: Partial<RunStarted> = {}): Promise<void> {
    const { graph, hash } = compile(canvas);
    await this.client.bucket("graphs").put(hash, encodeGraph(graph));
    await this.append({
      type: "run.started",
      run,
      client: "client",
      workflow: graph.name,
      graph: hash,
      input: encodePayload(input),
      ...more,
    });
  }

  append(event: RunEvent): Promise<void> {
    return this.client.events.append(this.partitionOf(event.run), encodeEvent(event));
  }

  partitionOf(run: string): number {
    return partitionOf(run, this.client.events.partitions);
  }

  /** What a run came to; waits for its outcome. */
  async valueOf(run: string): Promise<unknown> {
    await this.until(() => this.outcomes.has(run));
    const outcome = this.outcomes.get(run);
    if (outcome?.value === undefined) throw new Error(`${run} ${outcome?.state}: ${outcome?.failure?.message}`);
    return loadPayload(outcome.value, (key) => this.client.blobs.get(key));
  }

  /** Lets the world go on, turn by turn and by `advanceMs` each, until something is the case. */
  async until(isSo: () => boolean, advanceMs = 5): Promise<void> {
    for (let turn = 0; !isSo(); turn++) {
      if (turn > TURNS_MAX) throw new Error(`not so after ${TURNS_MAX} turns: ${isSo.toString()}`);
      await setImmediate();
      this.clock.advance(advanceMs);
    }
  }
}

async function inputOf(transport: Transport, { input }: AttemptRecord): Promise<unknown> {
  const fetch = (key: string) => transport.blobs.get(key);
  if (input.kind === "value") return loadPayload(input.payload, fetch);
  const args = await Promise.all(input.args.map((arg) => loadPayload(arg, fetch)));
  return evaluate((await loadPayload(input.expr, fetch)) as Expr, (ref) => args[argumentPlace(ref)]);
}
