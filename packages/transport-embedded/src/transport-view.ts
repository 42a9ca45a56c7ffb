import {
  NoAnswerError,
  token,
  type AttemptQueues,
  type BlobStore,
  type BucketName,
  type EventLog,
  type KeyValue,
  type MessageBus,
  type QueuedAttempt,
  type Transport,
} from "@arpeggio/core";
import type { MemoryWorld, Posted } from "./memory-world.ts";
import { QueuedMessage } from "./queued-message.ts";
import { checkedSubject, patternTokens } from "./subject-router.ts";
import type { Listener } from "./turns.ts";
import { ViewScope } from "./view-scope.ts";

const DONE = Promise.resolve();

/** One opening of the world: closing it ends only what was opened through it. */
export function createView(world: MemoryWorld, onClosed: (view: Transport) => void): Transport {
  const scope = new ViewScope();
  const { clock, messageBytesMax, inlineBytesMax, dedupeMs } = world.settings;
  const buckets = new Map<BucketName, KeyValue>();
  const view: Transport = {
    name: "embedded",
    // A value shares its message with what it belongs to: names, paths, labels.
    limits: { messageBytesMax, inlineBytesMax: Math.min(inlineBytesMax, Math.floor(messageBytesMax * 0.75)), dedupeMs },
    events: eventLogView(world, scope),
    attempts: attemptQueuesView(world, scope),
    blobs: blobStoreView(world, scope),
    bus: messageBusView(world, scope),
    clock,
    bucket(name) {
      const bucket = buckets.get(name) ?? keyValueView(world, scope, name);
      buckets.set(name, bucket);
      return bucket;
    },
    close() {
      scope.close();
      onClosed(view);
      return Promise.resolve();
    },
  };
  return view;
}

function eventLogView(world: MemoryWorld, scope: ViewScope): EventLog {
  return {
    partitions: world.partitions.length,
    isLocal: true,
    append: (partition, message, options) =>
      scope.run(() => {
        world.checkSize("an event message", message);
        const log = world.partition(partition);
        if (options?.id !== undefined && !world.eventIds.admit(options.id)) return DONE;
        // Who brings new runs has its answer before anything is done about them. What runs lead to is stored at once.
        if (options?.origin === "worker" || options?.origin === "coordinator") {
          log.append(message);
          return DONE;
        }
        const copy = new Uint8Array(message);
        return world.turns.begin(() => log.append(copy));
      }),
    claim: (partition, key, message) =>
      scope.run(() => {
        world.checkSize("an event message", message);
        return world.partition(partition).claim(token("claimed key", key), message);
      }),
    read: (partition, from, reader, seen) =>
      scope.run(() => {
        const log = world.partition(partition);
        const reading = log.read(from, reader, seen);
        return scope.subscription(() => log.stop(reading));
      }),
  };
}

function attemptQueuesView(world: MemoryWorld, scope: ViewScope): AttemptQueues {
  const publish = (attempt: QueuedAttempt): void => {
    world.checkSize("an attempt", attempt.bytes);
    const queue = world.queue(attempt.queue);
    token("run id", attempt.runId);
    if (!world.admitAttempt(attempt.queue, attempt.id)) return;
    const priority = Math.min(9, Math.max(0, Math.trunc(attempt.priority)));
    const bytes = world.attemptArena.copy(attempt.bytes);
    queue.publish(new QueuedMessage(world.nextMessageNumber(), priority, attempt.runId, bytes));
  };
  const publishIfWanted = async (attempt: QueuedAttempt): Promise<void> => {
    if (await attempt.stillWanted?.()) await scope.runWith(publish, attempt);
  };
  const isToBeAskedFor = (attempt: QueuedAttempt) => attempt.mayBeStored === true && attempt.stillWanted !== undefined;
  return {
    publish: (attempt) => (isToBeAskedFor(attempt) ? publishIfWanted(attempt) : scope.runWith(publish, attempt)),
    store(attempt, listener) {
      if (isToBeAskedFor(attempt)) {
        publishIfWanted(attempt).then(
          () => listener.onStored(),
          (error: unknown) => listener.onFailed(error as Error),
        );
        return;
      }
      try {
        scope.assertOpen();
        publish(attempt);
      } catch (error) {
        listener.onFailed(error as Error);
        return;
      }
      listener.onStored();
    },
    consume: (queue, options, onDelivery) =>
      scope.run(() => {
        const consumer = world.queue(queue).consume(options, onDelivery);
        return scope.subscription(
          () => consumer.stop(),
          () => consumer.vanish(),
        );
      }),
    discard: (queue, runId) => scope.run(() => world.queue(queue).discard(token("run id", runId))),
    async *stored({ queue, runId }) {
      for (const name of await scope.run(() => (queue === undefined ? world.queueNames() : [queue]))) {
        for (const message of world.queue(name).stored(runId)) {
          const { id, bytes } = message;
          yield { queue: name, runId: message.runId, messageId: id, bytes: new Uint8Array(bytes) };
        }
      }
    },
  };
}

function keyValueView(world: MemoryWorld, scope: ViewScope, name: BucketName): KeyValue {
  const bucket = world.bucket(name);
  const checkSize = (key: string, value: Uint8Array) => world.checkSize(`the value of key '${key}'`, value);
  return {
    get: (key) => scope.run(() => bucket.get(key)),
    newest: (pattern) => scope.run(() => bucket.newest(pattern)),
    put: (key, value) =>
      scope.run(() => {
        checkSize(key, value);
        return bucket.put(key, value);
      }),
    store: (key, value, listener) => {
      try {
        scope.assertOpen();
        checkSize(key, value);
        bucket.put(key, value);
      } catch (error) {
        listener.onFailed(error as Error);
        return;
      }
      listener.onStored();
    },
    putAt: (key, value, revision) =>
      scope.run(() => {
        checkSize(key, value);
        return bucket.putAt(key, value, revision);
      }),
    delete: (key, revision) => scope.run(() => bucket.delete(key, revision)),
    async *entries(pattern) {
      yield* await scope.run(() => bucket.entries(pattern));
    },
    observe: (pattern, onEntry) => scope.run(() => scope.subscription(bucket.observe(pattern, onEntry))),
  };
}

function blobStoreView(world: MemoryWorld, scope: ViewScope): BlobStore {
  return {
    put: (key, bytes) => scope.run(() => world.blobs.put(key, bytes)),
    get: (key) => scope.run(() => world.blobs.get(key)),
    delete: (key) => scope.run(() => world.blobs.delete(key)),
    async *list(prefix) {
      yield* await scope.run(() => world.blobs.list(prefix));
    },
  };
}

function messageBusView(world: MemoryWorld, scope: ViewScope): MessageBus {
  /** Whether anybody listens. */
  const post = (subject: string, message: Uint8Array, onAnswer?: (answer: Uint8Array) => void): boolean => {
    scope.assertOpen();
    checkedSubject("bus subject", subject);
    world.checkSize("a bus message", message);
    const listeners = world.busRouter.match(subject);
    if (listeners.length === 0) return false;
    const posted: Posted = { subject, bytes: new Uint8Array(message), onAnswer };
    for (const listener of listeners) world.busMailbox.add(listener, posted);
    return true;
  };
  return {
    publish: (subject, message) => void post(subject, message),
    subscribe: (pattern, onMessage) =>
      scope.run(() => {
        const listener: Listener<Posted> = {
          isStopped: false,
          receive: ({ subject, bytes, onAnswer }) =>
            onMessage({ subject, bytes, respond: (answer) => onAnswer?.(new Uint8Array(answer)) }),
        };
        const remove = world.busRouter.add(patternTokens("bus pattern", pattern), listener);
        return scope.subscription(() => {
          listener.isStopped = true;
          remove();
        });
      }),
    request: (subject, message, timeoutMs) =>
      new Promise((resolve, reject) => {
        let isHeard = false;
        const waiting = scope.subscription(
          () => {},
          (error) => reject(error),
        );
        const timer = world.settings.clock.after(timeoutMs, () => {
          void waiting.stop();
          reject(new NoAnswerError(subject, timeoutMs));
        });
        const end = () => {
          timer.cancel();
          void waiting.stop();
        };
        try {
          isHeard = post(subject, message, (answer) => {
            end();
            resolve(answer);
          });
          if (!isHeard) throw new NoAnswerError(subject, timeoutMs);
        } catch (error) {
          end();
          reject(error as Error);
        }
      }),
    async flush() {
      scope.assertOpen();
      await new Promise<void>((resolve) => world.turns.plan(resolve));
    },
  };
}
