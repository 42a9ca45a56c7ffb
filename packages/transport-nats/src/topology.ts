import type { BucketName } from "@arpeggio/core";
import { isVersionAtLeast } from "./connection.ts";
import { errorNumbers, isServerError, type JetStreamApi } from "./jetstream-api.ts";
import type { Names } from "./names.ts";
import type { NatsSettings } from "./options.ts";
import { JetStreamDisabledError, StreamUnavailableError, TopologyMismatchError } from "./server-errors.ts";

/** The part of a stream's configuration that this transport sets. */
export interface StreamSettings {
  readonly name: string;
  readonly description: string;
  readonly subjects: readonly string[];
  readonly retention: "limits" | "workqueue";
  readonly storage: "file" | "memory";
  readonly num_replicas: number;
  /** Nanoseconds; 0 is for ever. */
  readonly max_age: number;
  readonly max_msgs_per_subject: number;
  readonly max_msgs: number;
  readonly max_bytes: number;
  readonly discard: "old" | "new";
  readonly allow_direct: boolean;
  readonly allow_rollup_hdrs: boolean;
  readonly duplicate_window: number;
  /** What is stored under `src` is also sent to `dest`, by the server. */
  readonly republish?: { readonly src: string; readonly dest: string };
}

/** A stream to have, and the option behind its retention. */
export interface Asset {
  readonly settings: StreamSettings;
  readonly maxAgeOption?: string;
}

/** What is on the server. */
export interface Topology {
  readonly partitions: number;
  /** Of the event log; the other streams were created with the same option. */
  readonly replicas: number;
  /** How long the stream of attempts knows ids again, in milliseconds. */
  readonly dedupeMs: number;
  /** Whether the server puts starts that are attempts, too, into the stream of attempts. */
  readonly queuesStarts: boolean;
}

/** The server that we are connected to. */
export interface JetStreamServer {
  readonly name: string;
  /** Whether it says so of itself; one that does not may still lead to JetStream elsewhere, as leaf nodes do. */
  readonly hasJetStream: boolean;
  readonly version: string;
}

/** Older servers refuse a mapping that leaves a part of the subject out; those between 2.9 and this were not tried. */
const REPUBLISH_FROM_VERSION = "2.11.0";

/** A cluster that has just started needs some seconds until it can create streams. */
const READY_MS_MAX = 20_000;
/** A worker's record is renewed many times in this time; after it, the worker is forgotten. */
const WORKERS_MS = 10 * 60_000;

/** Everything the transport keeps on a server. The event log comes first: its description holds the partition count. */
export function assetsOf(names: Names, settings: NatsSettings, version = ""): readonly [Asset, ...Asset[]] {
  const { retention, storage, replicas } = settings;
  const stream = (over: Partial<StreamSettings> & Pick<StreamSettings, "name" | "description" | "subjects">) => ({
    retention: "limits" as const,
    storage,
    num_replicas: replicas,
    max_age: 0,
    max_msgs_per_subject: -1,
    max_msgs: -1,
    max_bytes: -1,
    // Where a limit is reached, what is new is refused: dropping what is old would lose runs.
    discard: "new" as const,
    allow_direct: true,
    allow_rollup_hdrs: false,
    duplicate_window: settings.dedupeMs * 1e6,
    ...over,
  });
  // The settings that `nats kv` and every client's key-value API expect of a bucket with a history of 1.
  const bucket = (name: BucketName, description: string, maxAgeMs: number, maxAgeOption?: string): Asset => {
    const { stream: streamName, keyPrefix } = names.bucket(name);
    return asset(
      stream({
        name: streamName,
        description,
        subjects: [`${keyPrefix}>`],
        max_msgs_per_subject: 1,
        max_age: maxAgeMs * 1e6,
        allow_rollup_hdrs: true,
      }),
      maxAgeOption,
    );
  };
  const events = stream({
    name: names.events.stream,
    description: `Arpeggio's event log; ${partitionText(settings.partitions)}`,
    subjects: [names.events.subjects],
    max_age: retention.eventsMs * 1e6,
    max_bytes: settings.eventsBytesMax,
    ...(isVersionAtLeast(version, REPUBLISH_FROM_VERSION) ? { republish: names.events.republish } : {}),
  });
  const attempts = stream({
    name: names.attempts.stream,
    description: "Attempts of Arpeggio's tasks, waiting for workers",
    subjects: [names.attempts.subjects],
    retention: "workqueue",
    max_age: retention.attemptsMs * 1e6,
    max_msgs: settings.queueMessagesMax,
  });
  const blobs = stream({
    name: names.blobs.stream,
    description: "Large values of Arpeggio's runs",
    subjects: [names.blobs.allChunks, names.blobs.allMeta],
    max_age: retention.blobsMs * 1e6,
    allow_rollup_hdrs: true,
  });
  return [
    asset(events, "retention.eventsMs"),
    asset(attempts, "retention.attemptsMs"),
    bucket("runs", "Checkpoints of Arpeggio's runs", 0),
    bucket("partitions", "Who owns which of Arpeggio's partitions", 0),
    bucket("results", "Outcomes of Arpeggio's runs", retention.resultsMs, "retention.resultsMs"),
    bucket("graphs", "Graphs of Arpeggio's workflows, by their hash", 0),
    bucket("workers", "Arpeggio's live workers", WORKERS_MS),
    bucket("dead-letters", "Messages that Arpeggio set aside", retention.deadLettersMs, "retention.deadLettersMs"),
    asset(blobs, "retention.blobsMs"),
  ];
}

function asset(settings: StreamSettings, maxAgeOption?: string): Asset {
  return maxAgeOption === undefined ? { settings } : { settings, maxAgeOption };
}

/**
 * Creates what is missing and checks what is there; changes nothing that exists.
 *
 * Two processes may do this at once: the server lets one create a stream, and the other reads it back.
 *
 * @throws {@link TopologyMismatchError}, {@link JetStreamDisabledError}, `PERMISSION_MISSING`
 */
export async function establish(
  api: JetStreamApi,
  names: Names,
  settings: NatsSettings,
  server: JetStreamServer,
): Promise<Topology> {
  const [events, ...others] = assetsOf(names, settings, server.version);
  const found = await foundOrCreated(api, events, settings, server);
  await Promise.all(others.map((other) => foundOrCreated(api, other, settings, server)));
  const partitions = partitionsIn(found.description);
  if (partitions === undefined) {
    const wanted = events.settings.description;
    throw new TopologyMismatchError(events.settings.name, "description", { wanted, found: found.description });
  }
  if (settings.given.has("partitions") && settings.partitions !== partitions) {
    settings.onWarning(
      `${found.name} was created with ${partitions} partitions and keeps them; the option partitions: ${settings.partitions} has no effect`,
    );
  }
  const { num_replicas: replicas, duplicate_window: windowNs, republish } = found;
  // A stream of an earlier release, or of an older server, does not have it, and everything works without.
  const { src, dest } = names.events.republish;
  const queuesStarts = republish?.src === src && republish.dest === dest;
  return { partitions, replicas, dedupeMs: windowNs / 1e6, queuesStarts };
}

async function foundOrCreated(
  api: JetStreamApi,
  wanted: Asset,
  settings: NatsSettings,
  server: JetStreamServer,
): Promise<StreamSettings> {
  const { name } = wanted.settings;
  const deadlineMs = server.hasJetStream ? READY_MS_MAX : settings.connectTimeoutMs;
  const info = (): Promise<{ config: StreamSettings }> => api.call(`STREAM.INFO.${name}`, {}, deadlineMs);
  let found: { config: StreamSettings };
  try {
    found = await info();
  } catch (error) {
    if (error instanceof StreamUnavailableError && !server.hasJetStream) throw new JetStreamDisabledError(server.name);
    if (!isServerError(error, errorNumbers.streamNotFound)) throw error;
    try {
      found = await api.call(`STREAM.CREATE.${name}`, wanted.settings, deadlineMs);
    } catch (createError) {
      // Somebody else was quicker, with other settings.
      if (!isServerError(createError, errorNumbers.streamNameInUse)) throw createError;
      found = await info();
    }
  }
  checkStream(wanted, found.config, settings.given);
  return found.config;
}

/**
 * Compares what a stream is with what it must be.
 *
 * What makes it work at all is always compared: servers accept settings they do not know and leave them out. Storage,
 * replicas and retention only where the option was given, so that only one process needs to name them.
 *
 * @throws {@link TopologyMismatchError}
 */
export function checkStream(asset: Asset, found: StreamSettings, given: ReadonlySet<string>): void {
  const { settings: wanted, maxAgeOption } = asset;
  const compare = (field: keyof StreamSettings, option?: string) => {
    const [want, have] = [wanted[field], found[field]];
    if (JSON.stringify(want) === JSON.stringify(have)) return;
    const mismatch = { wanted: want, found: have, ...(option === undefined ? {} : { option }) };
    throw new TopologyMismatchError(wanted.name, field, mismatch);
  };
  compare("subjects");
  compare("retention");
  compare("max_msgs_per_subject");
  compare("allow_direct");
  if (wanted.allow_rollup_hdrs) compare("allow_rollup_hdrs");
  if (given.has("storage")) compare("storage", "storage");
  if (given.has("replicas")) compare("num_replicas", "replicas");
  if (given.has("dedupeMs")) compare("duplicate_window", "dedupeMs");
  if (given.has("queueMessagesMax")) compare("max_msgs", "queueMessagesMax");
  if (given.has("eventsBytesMax")) compare("max_bytes", "eventsBytesMax");
  if (maxAgeOption !== undefined && given.has(maxAgeOption)) compare("max_age", maxAgeOption);
}

/** Servers below 2.10 have no metadata on streams, and the text is part of what is created in one step. */
function partitionText(partitions: number): string {
  return `partitions=${partitions}`;
}

/** The number of partitions out of the event log's description. */
export function partitionsIn(description: string | undefined): number | undefined {
  const match = /\bpartitions=(\d+)\b/.exec(description ?? "");
  return match ? Number(match[1]) : undefined;
}
