import { OptionInvalidError } from "@arpeggio/core";
import { accessNames, accessOf, type Access, type AccessOptions } from "./access-options.ts";

/** Options of {@link nats}. Every one may be left out. */
export interface NatsOptions extends AccessOptions {
  /**
   * One address or several of one cluster: `host:port`, `nats://host:port`, `tls://host:port`.
   *
   * @defaultValue `"127.0.0.1:4222"`
   */
  readonly servers?: string | readonly string[];
  /**
   * The beginning of every stream, bucket and subject: lower-case letters, digits, `-`, `_`; 32 characters at most.
   * Installations that share an account need one each.
   *
   * @defaultValue `"arp"`
   */
  readonly prefix?: string;
  /**
   * Into how many shares runs are divided, 1 to 256. Counts when the event log is created; after that the log's own
   * number holds, and a different one here only causes a warning.
   *
   * @defaultValue `4`
   */
  readonly partitions?: number;
  /** Copies of every stream in a cluster: 1, 3 or 5. @defaultValue `1`, or what is there */
  readonly replicas?: number;
  /** Where streams live. `"memory"` forgets everything when the server ends. @defaultValue `"file"`, or what is there */
  readonly storage?: "file" | "memory";
  /** How long things are kept. What is left out has its default, or what is there. */
  readonly retention?: RetentionOptions;
  /**
   * How long ids are known again that make a repeated publish harmless, in milliseconds; 1,000 to an hour. Counts when the
   * streams are created.
   *
   * @defaultValue `120_000`, or what is there
   */
  readonly dedupeMs?: number;
  /**
   * How many attempts all queues together hold at most. Further ones wait with their coordinator, and starts of runs are refused
   * with `QUEUE_FULL` meanwhile. Counts when the stream is created.
   *
   * @defaultValue no limit, or what is there
   */
  readonly queueMessagesMax?: number;
  /**
   * How large the event log may be, in bytes; at least 65,536. What does not fit is refused with `STORAGE_FULL`, nothing old is
   * dropped for it. Counts when the stream is created.
   *
   * @defaultValue no limit, or what is there
   */
  readonly eventsBytesMax?: number;
  /** Values above this travel through the blob store, in bytes; 1 KiB to 768 KiB. @defaultValue `131_072` */
  readonly inlineBytesMax?: number;
  /**
   * How long one attempt to connect to one server may take, in milliseconds; 100 to 600,000. Later attempts, when the
   * connection was lost, have the same limit: a server that dies while it greets us costs as much.
   *
   * @defaultValue `3_000`
   */
  readonly connectTimeoutMs?: number;
  /**
   * How long a server that is there may leave a request unanswered before it fails with `STREAM_UNAVAILABLE`, in milliseconds; 1,000
   * to an hour. Time without a connection does not count. What an app writes of runs under way is tried again for ever; a `run()`
   * that fails so may have been stored, and with an id of your own may be made again.
   *
   * @defaultValue `30_000`
   */
  readonly answerTimeoutMs?: number;
  /** The beginning of reply subjects, where the user may not use `_INBOX.>`. @defaultValue `"_INBOX"` */
  readonly inboxPrefix?: string;
  /** Told what an operator should know but what stops nothing. @defaultValue `process.emitWarning` */
  readonly onWarning?: (message: string) => void;
}

/** In milliseconds; 0 keeps for ever. Counts when a stream is created, see {@link NatsOptions.retention}. */
export interface RetentionOptions {
  /** The event log. It must outlive every run. @defaultValue 30 days */
  readonly eventsMs?: number;
  /** Attempts that no worker took; a guard against leaks. @defaultValue 30 days */
  readonly attemptsMs?: number;
  /** Outcomes of runs. @defaultValue 7 days */
  readonly resultsMs?: number;
  /** Large values; at least as long as results. @defaultValue 30 days */
  readonly blobsMs?: number;
  /** Messages set aside. @defaultValue 90 days */
  readonly deadLettersMs?: number;
}

/** Options with defaults filled in; `given` remembers which of the stored ones were asked for. */
export interface NatsSettings {
  readonly servers: readonly string[];
  readonly prefix: string;
  readonly partitions: number;
  readonly replicas: number;
  readonly storage: "file" | "memory";
  readonly retention: Required<RetentionOptions>;
  readonly dedupeMs: number;
  /** -1: no limit. */
  readonly queueMessagesMax: number;
  /** -1: no limit. */
  readonly eventsBytesMax: number;
  readonly inlineBytesMax: number;
  readonly connectTimeoutMs: number;
  readonly answerTimeoutMs: number;
  readonly inboxPrefix: string;
  readonly onWarning: (message: string) => void;
  readonly access: Access;
  /** Names of options such as `replicas` and `retention.eventsMs`. */
  readonly given: ReadonlySet<string>;
}

const DAY_MS = 24 * 60 * 60 * 1000;
const retentionDefaults: Required<RetentionOptions> = {
  eventsMs: 30 * DAY_MS,
  attemptsMs: 30 * DAY_MS,
  resultsMs: 7 * DAY_MS,
  blobsMs: 30 * DAY_MS,
  deadLettersMs: 90 * DAY_MS,
};
/** Message ids are remembered for two minutes, and a stream cannot forget its messages sooner than their ids. */
const RETENTION_MS_MIN = 120_000;
const RETENTION_MS_MAX = 3_650 * DAY_MS;

const known: ReadonlySet<string> = new Set([
  "servers",
  "prefix",
  "partitions",
  "replicas",
  "storage",
  "retention",
  "dedupeMs",
  "queueMessagesMax",
  "eventsBytesMax",
  "inlineBytesMax",
  "connectTimeoutMs",
  "answerTimeoutMs",
  ...accessNames,
  "inboxPrefix",
  "onWarning",
]);

/** @throws OptionInvalidError naming the first option that is unknown or out of range. */
export function settingsOf(options: NatsOptions): NatsSettings {
  onlyKnown("", options, known);
  const retention = options.retention ?? {};
  onlyKnown("retention.", retention, new Set(Object.keys(retentionDefaults)));
  const given = new Set<string>();
  for (const [name, value] of Object.entries(options)) if (value !== undefined) given.add(name);
  const kept = { ...retentionDefaults };
  for (const key of Object.keys(retentionDefaults) as (keyof RetentionOptions)[]) {
    const value = retention[key];
    if (value === undefined) continue;
    given.add(`retention.${key}`);
    kept[key] = value === 0 ? 0 : integer(`retention.${key}`, value, RETENTION_MS_MIN, RETENTION_MS_MAX);
  }
  const servers = serverList(options.servers ?? "127.0.0.1:4222");
  return {
    servers,
    prefix: prefixOf(options.prefix ?? "arp"),
    partitions: integer("partitions", options.partitions ?? 4, 1, 256),
    replicas: oneOf("replicas", options.replicas ?? 1, [1, 3, 5]),
    storage: oneOf("storage", options.storage ?? "file", ["file", "memory"]),
    retention: kept,
    dedupeMs: integer("dedupeMs", options.dedupeMs ?? 120_000, 1_000, 3_600_000),
    queueMessagesMax: optional("queueMessagesMax", options.queueMessagesMax, 1),
    eventsBytesMax: optional("eventsBytesMax", options.eventsBytesMax, 65_536),
    inlineBytesMax: integer("inlineBytesMax", options.inlineBytesMax ?? 128 * 1024, 1024, 768 * 1024),
    answerTimeoutMs: integer("answerTimeoutMs", options.answerTimeoutMs ?? 30_000, 1_000, 3_600_000),
    connectTimeoutMs: integer("connectTimeoutMs", options.connectTimeoutMs ?? 3_000, 100, 600_000),
    inboxPrefix: matching("inboxPrefix", options.inboxPrefix ?? "_INBOX", INBOX_PREFIX, "a subject"),
    onWarning:
      functionOf("onWarning", options.onWarning) ?? ((message) => process.emitWarning(message, "ArpeggioWarning")),
    access: accessOf(options, servers),
    given,
  };
}

/** @throws OptionInvalidError */
export function prefixOf(prefix: unknown): string {
  return matching("prefix", prefix, /^[a-z][a-z0-9_-]{0,31}$/, PREFIX_EXPECTED);
}

/** Printable tokens without wildcards, of a length that leaves room in a line of the protocol. */
const INBOX_PREFIX = /^(?=.{1,200}$)[!-)+-\-/-=?-~]+(\.[!-)+-\-/-=?-~]+)*$/;
const PREFIX_EXPECTED = "1 to 32 lower-case letters, digits, '-' and '_', beginning with a letter";

function serverList(servers: unknown): readonly string[] {
  const list: readonly unknown[] = Array.isArray(servers) ? servers : [servers];
  if (list.length === 0) throw new OptionInvalidError("servers", servers, "at least one address");
  return list.map((server) => {
    if (typeof server === "string" && server.includes("@")) {
      // It may hold a password, so it stays out of the message.
      throw new OptionInvalidError(
        "servers",
        "an address with '@'",
        "addresses without user and password; give these as options",
      );
    }
    const place = typeof server === "string" ? /^(?:(?:nats|tls):\/\/)?([^\s/]+)$/.exec(server)?.[1] : undefined;
    // A port beyond 65535 would be told as a server that does not answer.
    if (typeof server === "string" && place !== undefined && URL.canParse(`nats://${place}`)) return server;
    throw new OptionInvalidError("servers", server, "addresses such as 'nats://127.0.0.1:4222'");
  });
}

function onlyKnown(where: string, options: unknown, names: ReadonlySet<string>): void {
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw new OptionInvalidError(where === "" ? "nats" : where.slice(0, -1), options, "an object with options");
  }
  for (const [name, value] of Object.entries(options)) {
    if (!names.has(name)) throw new OptionInvalidError(where + name, value, `one of ${[...names].join(", ")}`);
  }
}

function integer(option: string, value: unknown, min: number, max: number): number {
  if (typeof value === "number" && Number.isInteger(value) && value >= min && value <= max) return value;
  throw new OptionInvalidError(option, value, `a whole number from ${min} to ${max}`);
}

function optional(option: string, value: unknown, min: number): number {
  return value === undefined ? -1 : integer(option, value, min, Number.MAX_SAFE_INTEGER);
}

function functionOf<T>(option: string, value: T): T {
  if (value === undefined || value === null || typeof value === "function") return value;
  throw new OptionInvalidError(option, value, "a function");
}

function oneOf<T>(option: string, value: T, values: readonly T[]): T {
  if (values.includes(value)) return value;
  throw new OptionInvalidError(option, value, values.map((v) => JSON.stringify(v)).join(" or "));
}

function matching(option: string, value: unknown, pattern: RegExp, expected: string): string {
  if (typeof value === "string" && pattern.test(value)) return value;
  throw new OptionInvalidError(option, value, expected);
}
