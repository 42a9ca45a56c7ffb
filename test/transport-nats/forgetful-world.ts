import type { Delivery, PassedOverJudge, StoredAttempt, Transport } from "@arpeggio/core";
import { nats } from "@arpeggio/transport-nats";
import { waitUntil } from "../outages/waiting.ts";
import { startNatsServer, type NatsServer, type NatsServerProgram } from "../support/nats-server.ts";

type Verdict = "wanted" | "dispensable" | "unknown";

/** A queue `q`, whose worker settles when it is told to, and a server that forgets how far it has counted. */
export class ForgetfulWorld implements AsyncDisposable {
  readonly server: NatsServer;
  readonly coordinator: Transport;
  worker: Transport;
  /** Runs, once for each hand-over. */
  readonly delivered: string[] = [];
  readonly warnings: readonly string[];
  readonly #inHand = new Map<string, Delivery>();

  private constructor(server: NatsServer, coordinator: Transport, worker: Transport, warnings: readonly string[]) {
    this.server = server;
    this.coordinator = coordinator;
    this.worker = worker;
    this.warnings = warnings;
  }

  static async open(binary: NatsServerProgram): Promise<ForgetfulWorld> {
    const server = await startNatsServer({ binary });
    const warnings: string[] = [];
    const provider = nats({ servers: server.url, onWarning: (text) => warnings.push(text) });
    const coordinator = await provider.open("coordinator");
    const world = new ForgetfulWorld(server, coordinator, await provider.open("worker"), warnings);
    await world.#consume();
    return world;
  }

  /** By another worker than before. */
  async consumeAgain(): Promise<void> {
    this.worker = await nats({ servers: this.server.url }).open("worker");
    await this.#consume();
  }

  async #consume(): Promise<void> {
    await this.worker.attempts.consume("q", { inHandMax: 100, ackWaitMs: 30_000 }, (delivery) => {
      this.delivered.push(delivery.runId);
      this.#inHand.set(delivery.runId, delivery);
    });
  }

  /** One after another, so that their numbers are in that order. */
  async publish(...runs: readonly string[]): Promise<void> {
    for (const runId of runs) {
      const id = `${runId}:0:1`;
      await this.coordinator.attempts.publish({ queue: "q", priority: 5, runId, id, bytes: Buffer.from(runId) });
    }
  }

  async settle(...runs: readonly string[]): Promise<void> {
    await waitUntil(() => runs.every((run) => this.#inHand.has(run)));
    for (const run of runs) this.#inHand.get(run)?.ack();
    await waitUntil(async () => {
      const stored = await this.stored();
      return !runs.some((run) => stored.includes(run));
    });
  }

  async stored(): Promise<string[]> {
    const found: string[] = [];
    for await (const { runId } of this.coordinator.attempts.stored({})) found.push(runId);
    return found;
  }

  /** Attends to the queues; tells what was asked about. */
  attend(verdictOn: (run: string) => Verdict): { readonly judged: string[]; readonly requeued: string[] } {
    const asked = { judged: [] as string[], requeued: [] as string[] };
    const { attempts } = this.coordinator;
    const judge: PassedOverJudge = {
      isFirst: true,
      judge: ({ runId }: StoredAttempt) => {
        asked.judged.push(runId);
        return Promise.resolve(verdictOn(runId));
      },
      requeue: async ({ runId, bytes }) => {
        asked.requeued.push(runId);
        await attempts.publish({ queue: "q", priority: 5, runId, id: `${runId}:0:1:again`, bytes });
        return true;
      },
    };
    attempts.attend?.(judge);
    return asked;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.worker.close(), this.coordinator.close()]);
    await this.server[Symbol.asyncDispose]();
  }
}
