import { createCoordinator } from "@arpeggio/coordinator";
import type { Coordinator } from "@arpeggio/coordinator";
import { decodeLease, elapsedMs, encodeLease } from "@arpeggio/core";
import type { AttemptQueues, BucketName, Clock, EventLog, KeyValue, LeaseRecord, Transport } from "@arpeggio/core";
import { LEASE_MS } from "./world.ts";
import type { World } from "./world.ts";

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** A coordinator, not started, on a transport of which some parts are replaced: what a broker with faults looks like to it. */
export async function createOn(
  world: World,
  change: (transport: Transport) => Partial<Transport>,
): Promise<{ readonly it: Coordinator; readonly kill: () => Promise<void> }> {
  const transport = await world.broker.open("faulty");
  const it = createCoordinator({ transport: { ...transport, ...change(transport) }, leaseMs: LEASE_MS, log: silent });
  world.coordinators.push(it);
  return { it, kill: () => transport.close() };
}

/** The same, started. */
export async function coordinatorOn(
  world: World,
  change: (transport: Transport) => Partial<Transport>,
): Promise<Coordinator> {
  const { it } = await createOn(world, change);
  await it.start();
  return it;
}

/** Replaces parts of the queues. */
export function withAttempts({ attempts }: Transport, change: Partial<AttemptQueues>): Partial<Transport> {
  const own: AttemptQueues = {
    publish: (attempt) => attempts.publish(attempt),
    discard: (queue, run) => attempts.discard(queue, run),
    stored: (filter) => attempts.stored(filter),
    consume: (queue, options, onDelivery) => attempts.consume(queue, options, onDelivery),
  };
  return { attempts: { ...own, ...change } };
}

/** Replaces parts of the log. */
export function withEvents({ events }: Transport, change: Partial<EventLog>): Partial<Transport> {
  const own: EventLog = {
    partitions: events.partitions,
    append: (partition, message, options) => events.append(partition, message, options),
    claim: (partition, key, message) => events.claim(partition, key, message),
    read: (partition, from, reader, seen) => events.read(partition, from, reader, seen),
  };
  return { events: { ...own, ...change } };
}

/** Replaces parts of the bucket of states. */
export function withStates(transport: Transport, change: Partial<KeyValue>): Partial<Transport> {
  return withBucket(transport, "runs", change);
}

/** Replaces parts of a bucket. */
export function withBucket(transport: Transport, changed: BucketName, change: Partial<KeyValue>): Partial<Transport> {
  const bucketOf = (name: BucketName): KeyValue => {
    const bucket = transport.bucket(name);
    if (name !== changed) return bucket;
    return {
      get: (key) => bucket.get(key),
      newest: (pattern) => bucket.newest(pattern),
      put: (key, value) => bucket.put(key, value),
      putAt: (key, value, revision) => bucket.putAt(key, value, revision),
      delete: (key, revision) => bucket.delete(key, revision),
      entries: (pattern) => bucket.entries(pattern),
      observe: (pattern, onEntry) => bucket.observe(pattern, onEntry),
      ...change,
    };
  };
  return { bucket: bucketOf };
}

/** The keys of the stored states. */
export async function statesIn(world: World): Promise<readonly string[]> {
  const keys: string[] = [];
  for await (const { key } of world.client.bucket("runs").entries(">")) keys.push(key);
  return keys;
}

export async function leaseOf(world: World): Promise<LeaseRecord> {
  const entry = await world.client.bucket("partitions").get("0");
  if (entry === undefined) throw new Error("no lease");
  return decodeLease(entry.value);
}

/** What a long pause of the owner looks like to it afterwards: somebody else has its lease. */
export async function stealLease(world: World): Promise<void> {
  const bucket = world.client.bucket("partitions");
  const entry = await bucket.get("0");
  if (entry === undefined) throw new Error("no lease");
  const record = decodeLease(entry.value);
  await bucket.putAt("0", encodeLease({ ...record, owner: "thief", epoch: record.epoch + 1 }), entry.revision);
}

/** A clock of a process that may stand still: what falls due meanwhile comes when it goes on. */
export function pausable(clock: Clock): {
  readonly clock: Clock;
  readonly begin: () => void;
  readonly end: () => void;
} {
  let due: (() => void)[] | undefined;
  const later = (callback: () => void) => () => (due === undefined ? callback() : void due.push(callback));
  const own: Clock = {
    now: () => clock.now(),
    elapsedMs: () => elapsedMs(clock),
    after: (delayMs, run) => clock.after(delayMs, later(run)),
  };
  const end = (): void => {
    const held = due ?? [];
    due = undefined;
    for (const callback of held) callback();
  };
  return { clock: own, begin: () => (due ??= []), end };
}

/** A promise and what resolves it. */
export function gate(): { readonly opened: Promise<void>; readonly open: () => void } {
  let open: () => void = () => {};
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open: () => open() };
}
