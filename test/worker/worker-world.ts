import {
  decodeDeadLetter,
  encodeAttempt,
  encodePayload,
  partitionOf,
  readEvents,
  type AttemptRecord,
  type DeadLetterRecord,
  type Delivery,
  type RunEvent,
  type Transport,
} from "@arpeggio/core";
import { embedded, type EmbeddedOptions } from "@arpeggio/transport-embedded";
import { createWorker, type Logger, type Worker, type WorkerOptions } from "@arpeggio/worker";

const silent: Logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** What stands around a worker, with a test in the coordinator's place: it queues attempts and reads the event log. */
export interface WorkerWorld extends AsyncDisposable {
  readonly transport: Transport;
  /** Every event so far, in the order of the log. */
  readonly events: readonly RunEvent[];
  /** Starts a worker, which is stopped at the end. */
  start(options: Omit<WorkerOptions, "transport">): Promise<Worker>;
  /** Queues an attempt of `task` in run `run`. */
  queue(
    run: string,
    task: string,
    input: unknown,
    more?: Partial<AttemptRecord> & { queue?: string; priority?: number },
  ): Promise<void>;
  /** Resolves with the first event that `test` accepts, of the past or to come. */
  event(test: (event: RunEvent) => boolean): Promise<RunEvent>;
  /** The partitions in which events of a run were found. */
  partitionsOf(run: string): readonly number[];
  /** The first outcome of a run's attempt. */
  outcome(run: string): Promise<RunEvent>;
  deadLetters(): Promise<readonly DeadLetterRecord[]>;
  /** Resolves when `test` holds; looked at after everything that happens. */
  until(test: () => boolean): Promise<void>;
}

export async function openWorkerWorld(options: EmbeddedOptions = {}): Promise<WorkerWorld> {
  const transport = await embedded(options).open("test");
  const events: RunEvent[] = [];
  const places = new Map<string, Set<number>>();
  const looks = new Set<() => void>();
  for (let partition = 0; partition < transport.events.partitions; partition++) {
    await transport.events.read(partition, 0, {
      onMessage: ({ bytes }) => {
        readEvents(
          bytes,
          (event) => {
            events.push(event);
            const found = places.get(event.run);
            if (found === undefined) places.set(event.run, new Set([partition]));
            else found.add(partition);
          },
          (_, error) => {
            throw error;
          },
        );
        for (const look of looks) look();
      },
      onCaughtUp: () => {},
      onError: (error) => {
        throw error;
      },
    });
  }
  const workers: Worker[] = [];

  const event = (test: (event: RunEvent) => boolean) =>
    new Promise<RunEvent>((resolve) => {
      const look = () => {
        const found = events.find(test);
        if (found === undefined) return;
        looks.delete(look);
        resolve(found);
      };
      looks.add(look);
      look();
    });

  return {
    transport,
    events,
    event,
    partitionsOf: (run) => [...(places.get(run) ?? [])],
    outcome: (run) =>
      event((one) => one.run === run && (one.type === "attempt.succeeded" || one.type === "attempt.failed")),
    async start(options) {
      const worker = createWorker({ log: silent, ...options, transport });
      workers.push(worker);
      await worker.start();
      return worker;
    },
    async queue(run, task, input, more = {}) {
      const { queue = "default", priority = 4, ...fields } = more;
      const record = attemptRecord(transport, run, task, input, fields);
      const id = `${run}:${record.node}:${record.attempt}`;
      await transport.attempts.publish({ queue, priority, runId: run, id, bytes: encodeAttempt(record) });
    },
    async deadLetters() {
      const letters: DeadLetterRecord[] = [];
      for await (const { value } of transport.bucket("dead-letters").entries(">"))
        letters.push(decodeDeadLetter(value));
      return letters;
    },
    async until(test) {
      while (!test()) await new Promise((resolve) => setImmediate(resolve));
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(workers.map((worker) => worker.stop()));
      await transport.close();
    },
  };
}

export function attemptRecord(
  transport: Transport,
  run: string,
  task: string,
  input: unknown,
  fields: Partial<AttemptRecord> = {},
): AttemptRecord {
  return {
    run,
    partition: partitionOf(run, transport.events.partitions),
    node: 0,
    nodePath: task,
    attempt: 1,
    task,
    input: { kind: "value", payload: encodePayload(input) },
    ...fields,
  };
}

/**
 * The transport with a way to hand the worker deliveries that no queue would make in a short time, such as the sixth one
 * of an attempt. They are recorded: `acks` and `releases` tell what the worker did with them.
 */
export function withDeliveries(transport: Transport): {
  readonly transport: Transport;
  readonly deliver: (given: GivenDelivery) => void;
} {
  let hand: ((delivery: Delivery) => void) | undefined;
  const attempts: Transport["attempts"] = {
    publish: (attempt) => transport.attempts.publish(attempt),
    discard: (queue, run) => transport.attempts.discard(queue, run),
    stored: (filter) => transport.attempts.stored(filter),
    consume: (queue, options, onDelivery) => {
      hand = onDelivery;
      return transport.attempts.consume(queue, options, onDelivery);
    },
  };
  return {
    transport: new Proxy(transport, {
      get: (target, key) => (key === "attempts" ? attempts : (Reflect.get(target, key) as unknown)),
    }),
    deliver: (given) => hand?.(given),
  };
}

export class GivenDelivery implements Delivery {
  readonly messageId: string;
  readonly runId = "given";
  readonly deliveryCount: number;
  readonly priority = 4;
  readonly bytes: Uint8Array;
  acks = 0;
  readonly releases: number[] = [];
  extensions = 0;

  constructor(messageId: string, bytes: Uint8Array, deliveryCount = 1) {
    this.messageId = messageId;
    this.bytes = bytes;
    this.deliveryCount = deliveryCount;
  }
  ack(): void {
    this.acks += 1;
  }
  release(delayMs: number): void {
    this.releases.push(delayMs);
  }
  extend(): void {
    this.extensions += 1;
  }
}
