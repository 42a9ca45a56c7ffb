import { token, type BucketName, type EventOrigin } from "@arpeggio/core";

/** Attempts wait in one of three bands; a band has one consumer a queue. Highest first. */
export const bands = ["high", "normal", "low"] as const;
export type Band = (typeof bands)[number];

/** 7 to 9 are high, 3 to 6 normal, 0 to 2 low. */
export function bandOf(priority: number): Band {
  if (priority >= 7) return "high";
  return priority >= 3 ? "normal" : "low";
}

const origins: readonly EventOrigin[] = ["client", "worker", "coordinator"];

/** As the server knows them. */
export const bucketNames: Readonly<Record<BucketName, string>> = {
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
  const eventsAt = `${prefix}.ev.`.length;
  return {
    events: {
      stream: `${upper}_EVENTS`,
      subjects: `${prefix}.ev.>`,
      /** Packs of records of one origin. */
      pack: (partition: number | "*", origin?: EventOrigin) => `${prefix}.ev.${partition}.${origin ?? "unsaid"}`,
      /** Who stored a message, by its subject, which the server checks. */
      originOf: (subject: string): EventOrigin | undefined => {
        const at = subject.indexOf(".", eventsAt) + 1;
        return origins.find((origin) => subject.startsWith(origin, at));
      },
      /** The one message of a claimed key. Only clients claim. */
      claim: (partition: number, key: string) => `${prefix}.ev.${partition}.client.${token("claim key", key)}`,
      allClaims: `${prefix}.ev.*.client.*`,
      /** A start that is an attempt, too; the rest is as in the attempt's own subject. */
      first: (partition: number, queue: string, priority: number, run: string) =>
        `${prefix}.ev.${partition}.client.first.${token("queue", queue)}.${bandOf(priority)}.${priority}.${token("run id", run)}`,
      allFirsts: `${prefix}.ev.*.client.first.>`,
      /** Has the server put such starts into the stream of attempts when they are stored. */
      republish: {
        src: `${prefix}.ev.*.client.first.*.*.*.*`,
        dest: `${prefix}.task.{{wildcard(2)}}.{{wildcard(3)}}.{{wildcard(4)}}.{{wildcard(5)}}`,
      },
      partition: (partition: number) => `${prefix}.ev.${partition}.>`,
      /** How every subject of a partition begins. */
      partitionPrefix: (partition: number) => `${prefix}.ev.${partition}.`,
    },
    attempts: {
      stream: `${upper}_TASKS`,
      subjects: `${prefix}.task.>`,
      subject: (queue: string, priority: number, run: string) =>
        `${prefix}.task.${token("queue", queue)}.${bandOf(priority)}.${priority}.${token("run id", run)}`,
      /** Where the queue and the run stand in an attempt's subject, counted from 0. */
      queueToken: 2,
      runToken: 5,
      ofBand: (queue: string, band: Band) => `${prefix}.task.${token("queue", queue)}.${band}.>`,
      ofRun: (queue: string, run: string) => `${prefix}.task.${token("queue", queue)}.*.*.${token("run id", run)}`,
      /** Of a queue, a run, or both; of all without. */
      matching: (queue?: string, run?: string) =>
        `${prefix}.task.${queue === undefined ? "*" : token("queue", queue)}.*.*.${run === undefined ? "*" : token("run id", run)}`,
      /** The consumer that hands over the attempt of a subject. */
      consumerOf: (subject: string) => {
        const [queue, band] = subject.slice(`${prefix}.task.`.length).split(".");
        return `q_${queue}_${band}`;
      },
      consumer: (queue: string, band: Band) => `q_${token("queue", queue)}_${band}`,
      /** The queue and the band of a consumer; undefined for one that is none of ours. */
      laneOf: (consumer: string): { readonly queue: string; readonly band: Band } | undefined => {
        const [, queue, band] = /^q_([A-Za-z0-9_-]{1,128})_(high|normal|low)$/.exec(consumer) ?? [];
        return queue === undefined ? undefined : { queue, band: band as Band };
      },
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
      /** How the subjects of all objects begin. */
      subjectPrefix: `$O.${prefix}_blobs.`,
    },
    bus: (subject: string) => `${prefix}.bus.${subject}`,
    busPrefix: `${prefix}.bus.`,
  };
}

/** The run in an attempt's subject. */
export function runOfAttempt(subject: string): string {
  return subject.slice(subject.lastIndexOf(".") + 1);
}

/** The priority in an attempt's subject. */
export function priorityOfAttempt(subject: string): number {
  const end = subject.lastIndexOf(".");
  return Number(subject.slice(subject.lastIndexOf(".", end - 1) + 1, end));
}

/** Of the UTF-8 bytes, padded: how the object store encodes names. */
function base64Url(key: string): string {
  return Buffer.from(key).toString("base64").replaceAll("+", "-").replaceAll("/", "_");
}
