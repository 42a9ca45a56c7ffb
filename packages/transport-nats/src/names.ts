import { token, type BucketName, type EventOrigin } from "@arpeggio/core";

/** Attempts wait in one of three bands; a band has one consumer a queue. Highest first. */
export const bands = ["high", "normal", "low"] as const;
export type Band = (typeof bands)[number];

/** 7 to 9 are high, 3 to 6 normal, 0 to 2 low. */
export function bandOf(priority: number): Band {
  if (priority >= 7) return "high";
  return priority >= 3 ? "normal" : "low";
}

const originMarks: Readonly<Record<EventOrigin, string>> = { client: "c", worker: "w", coordinator: "o" };
const originsByMark: ReadonlyMap<string, EventOrigin> = new Map(
  Object.entries(originMarks).map(([origin, mark]) => [mark, origin as EventOrigin]),
);

const bucketNames: Readonly<Record<BucketName, string>> = {
  runs: "runs",
  partitions: "partitions",
  results: "results",
  graphs: "graphs",
  workers: "workers",
  "dead-letters": "dead_letters",
};

/** Every name that the transport uses on a server; no other file spells one. */
export type Names = ReturnType<typeof namesOf>;

/**
 * Names under a prefix such as `arp`: streams in upper case, subjects and buckets as it is.
 *
 * Prefixes are lower case, so two of them cannot mean the same stream.
 */
export function namesOf(prefix: string) {
  const upper = prefix.toUpperCase();
  return {
    events: {
      stream: `${upper}_EVENTS`,
      subjects: `${prefix}.ev.>`,
      /** Packs of records of one origin. No claimed key can begin with `~`, which tokens cannot contain. */
      pack: (partition: number | "*", origin?: EventOrigin) =>
        `${prefix}.ev.${partition}.~${origin === undefined ? "" : originMarks[origin]}`,
      /** Who stored a message, by its subject, which the server checks. Only clients claim keys. */
      originOf: (subject: string): EventOrigin | undefined => {
        const at = subject.lastIndexOf("~");
        return at < 0 ? "client" : originsByMark.get(subject.slice(at + 1));
      },
      /** The one message of a claimed key. */
      claim: (partition: number, key: string) => `${prefix}.ev.${partition}.${token("claim key", key)}`,
      partition: (partition: number) => `${prefix}.ev.${partition}.*`,
      /** How every subject of a partition begins. */
      partitionPrefix: (partition: number) => `${prefix}.ev.${partition}.`,
    },
    attempts: {
      stream: `${upper}_TASKS`,
      subjects: `${prefix}.task.>`,
      subject: (queue: string, priority: number, run: string) =>
        `${prefix}.task.${token("queue", queue)}.${bandOf(priority)}.${priority}.${token("run id", run)}`,
      /** Where the priority stands in an attempt's subject, counted from 0. */
      priorityToken: 4,
      ofBand: (queue: string, band: Band) => `${prefix}.task.${token("queue", queue)}.${band}.>`,
      ofRun: (queue: string, run: string) => `${prefix}.task.${token("queue", queue)}.*.*.${token("run id", run)}`,
      consumer: (queue: string, band: Band) => `q_${token("queue", queue)}_${band}`,
    },
    bucket: (name: BucketName) => {
      const bucket = `${prefix}_${bucketNames[name]}`;
      return { bucket, stream: `KV_${bucket}`, keyPrefix: `$KV.${bucket}.` };
    },
    blobs: {
      bucket: `${prefix}_blobs`,
      stream: `OBJ_${prefix}_blobs`,
      chunks: (id: string) => `$O.${prefix}_blobs.C.${id}`,
      meta: (key: string) => `$O.${prefix}_blobs.M.${base64Url(key)}`,
      allChunks: `$O.${prefix}_blobs.C.>`,
      allMeta: `$O.${prefix}_blobs.M.>`,
    },
    bus: (subject: string) => `${prefix}.bus.${subject}`,
    busPrefix: `${prefix}.bus.`,
  };
}

/** Of the UTF-8 bytes, padded: how the object store encodes names. */
function base64Url(key: string): string {
  return Buffer.from(key).toString("base64").replaceAll("+", "-").replaceAll("/", "_");
}
