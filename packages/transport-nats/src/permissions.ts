import { busSubjects, OptionInvalidError, token, type BucketName } from "@arpeggio/core";
import { bands, bucketNames, namesOf, type Names } from "./names.ts";
import { prefixOf } from "./options.ts";

/**
 * What a user of the server is for: starting runs (`client`), that and putting dead letters back (`operator`), running tasks of
 * some queues, moving runs forward, looking on (`observer`), creating streams and queues (`provisioner`).
 */
export type NatsRole = "client" | "operator" | "observer" | "worker" | "coordinator" | "provisioner";

/** All of them. The first one of several gives a user's inbox its name. */
export const natsRoles: readonly NatsRole[] = [
  "client",
  "operator",
  "observer",
  "worker",
  "coordinator",
  "provisioner",
];

/** Which user is meant. */
export interface PermissionsOptions {
  /** One role, or all those of a process that has several. */
  readonly role: NatsRole | readonly NatsRole[];
  /** As {@link NatsOptions.prefix}. @defaultValue `"arp"` */
  readonly prefix?: string;
  /** The queues that a worker may read. Needed for workers, and of no meaning for others. */
  readonly queues?: readonly string[];
  /** Tells users of one role apart: with it, nobody else in the role can read the replies to this user. */
  readonly clientId?: string;
}

/** In the form of a nats-server `permissions` block, and of the permissions in a user's JWT. */
export interface NatsPermissions {
  readonly publish: { readonly allow: readonly string[] };
  readonly subscribe: { readonly allow: readonly string[] };
  /** The option {@link NatsOptions.inboxPrefix} that goes with them. */
  readonly inboxPrefix: string;
}

interface Allowed {
  readonly publish: readonly string[];
  readonly subscribe: readonly string[];
}

/**
 * The least that a user needs to do what its role does, once everything has been created.
 *
 * Only coordinators and the provisioner may create consumers: who may do that may read the whole stream, and have the server send
 * messages to any subject. Nobody but the provisioner may create streams.
 *
 * @throws OptionInvalidError, NameInvalidError
 */
export function permissionsFor(options: PermissionsOptions): NatsPermissions {
  const { role, prefix = "arp", queues = [], clientId } = options;
  const roles: readonly NatsRole[] = Array.isArray(role) ? role : [role as NatsRole];
  for (const one of roles) {
    if (!natsRoles.includes(one)) throw new OptionInvalidError("role", one, natsRoles.join(", "));
  }
  const inboxRole = natsRoles.find((one) => roles.includes(one));
  if (inboxRole === undefined) throw new OptionInvalidError("role", role, `at least one of ${natsRoles.join(", ")}`);
  if (!Array.isArray(queues)) throw new OptionInvalidError("queues", queues, "a list of queues");
  if (roles.includes("worker") && queues.length === 0) {
    throw new OptionInvalidError("queues", queues, "the queues that the worker may read");
  }
  const names = namesOf(prefixOf(prefix));
  const own = clientId === undefined ? "" : `.${token("clientId", clientId)}`;
  const inboxPrefix = `${inboxOf(prefix, inboxRole)}${own}`;
  const allowed = roles.map((one) => grants[one](names, prefix, queues));
  return {
    publish: { allow: distinct([...readable(names), ...allowed.flatMap(({ publish }) => publish)]) },
    subscribe: { allow: distinct([`${inboxPrefix}.>`, ...allowed.flatMap(({ subscribe }) => subscribe)]) },
    inboxPrefix,
  };
}

const allBuckets = Object.keys(bucketNames) as BucketName[];

const grants: Readonly<Record<NatsRole, (names: Names, prefix: string, queues: readonly string[]) => Allowed>> = {
  client: (names) => ({
    publish: [
      names.events.pack("*", "client"),
      names.events.allClaims,
      names.events.allFirsts,
      ...reading(names.events.stream),
      `${names.bucket("graphs").keyPrefix}*`,
      ...readingBuckets(names, ["graphs", "results", "workers"]),
      ...settingAside(names, ["results", "control"]),
      ...usingBlobs(names),
      names.bus(busSubjects.control("*")),
    ],
    subscribe: [
      `${names.bucket("results").keyPrefix}*.*`,
      names.bus(busSubjects.live("*")),
      names.bus(busSubjects.pressure),
    ],
  }),

  operator: (names, prefix, queues) => {
    const { publish, subscribe } = grants.client(names, prefix, queues);
    const letters = [`${names.bucket("dead-letters").keyPrefix}>`, ...readingBuckets(names, ["dead-letters"])];
    const events = (["worker", "coordinator"] as const).map((origin) => names.events.pack("*", origin));
    return { publish: [...publish, ...letters, ...events, names.attempts.subjects], subscribe };
  },

  worker: (names, _prefix, queues) => ({
    publish: [
      names.events.pack("*", "worker"),
      ...queues.flatMap((queue) => bands.flatMap((band) => taking(names, names.attempts.consumer(queue, band)))),
      `${names.bucket("workers").keyPrefix}*`,
      // The graphs of canvases that handlers put in their places.
      `${names.bucket("graphs").keyPrefix}*`,
      ...settingAside(names, ["attempts", "control"]),
      ...readingBuckets(names, ["graphs", "workers", "dead-letters"]),
      ...usingBlobs(names),
      names.bus(busSubjects.live("*")),
    ],
    subscribe: [names.bus(busSubjects.abort)],
  }),

  coordinator: (names, prefix) => ({
    publish: [
      names.events.pack("*", "coordinator"),
      ...reading(names.events.stream),
      ...consuming(names.events.stream),
      names.attempts.subjects,
      ...reading(names.attempts.stream),
      `$JS.API.CONSUMER.INFO.${names.attempts.stream}.*`,
      `$JS.API.STREAM.PURGE.${names.attempts.stream}`,
      `$JS.API.STREAM.MSG.DELETE.${names.attempts.stream}`,
      ...keeping(names.attempts.stream),
      ...["runs", "partitions", "results", "dead-letters"].map(
        (bucket) => `${names.bucket(bucket as BucketName).keyPrefix}>`,
      ),
      ...readingBuckets(names, allBuckets),
      ...consuming(names.bucket("runs").stream),
      `$JS.API.STREAM.MSG.DELETE.${names.bucket("runs").stream}`,
      ...usingBlobs(names),
      `$JS.API.STREAM.PURGE.${names.blobs.stream}`,
      ...[busSubjects.abort, busSubjects.coordinators, busSubjects.pressure, busSubjects.live("*")].map(names.bus),
      // Answers to questions about runs.
      ...(["client", "operator", "observer"] as const).map((role) => `${inboxOf(prefix, role)}.>`),
    ],
    subscribe: [
      names.bus(busSubjects.control("*")),
      names.bus(busSubjects.coordinators),
      `${names.bucket("partitions").keyPrefix}*`,
    ],
  }),

  observer: (names) => ({
    publish: [
      ...reading(names.events.stream),
      ...readingBuckets(names, allBuckets),
      ...reading(names.blobs.stream),
      `$JS.API.CONSUMER.LIST.${names.attempts.stream}`,
      `$JS.API.CONSUMER.NAMES.${names.attempts.stream}`,
      `$JS.API.CONSUMER.INFO.${names.attempts.stream}.*`,
      names.bus(busSubjects.control("*")),
    ],
    subscribe: [
      `${names.bucket("results").keyPrefix}*.*`,
      `${names.bucket("workers").keyPrefix}*`,
      `${names.bucket("partitions").keyPrefix}*`,
      names.bus(busSubjects.live("*")),
      names.bus(busSubjects.pressure),
    ],
  }),

  provisioner: (names) => ({
    publish: [
      ...streamsOf(names).map((stream) => `$JS.API.STREAM.CREATE.${stream}`),
      `$JS.API.CONSUMER.INFO.${names.attempts.stream}.*`,
      `$JS.API.CONSUMER.DURABLE.CREATE.${names.attempts.stream}.*`,
    ],
    subscribe: [],
  }),
};

/** What opening the transport asks for. */
function readable(names: Names): readonly string[] {
  return streamsOf(names).map((stream) => `$JS.API.STREAM.INFO.${stream}`);
}

function streamsOf(names: Names): readonly string[] {
  const buckets = allBuckets.map((bucket) => names.bucket(bucket).stream);
  return [names.events.stream, names.attempts.stream, ...buckets, names.blobs.stream];
}

/** Single messages: from any server, and from the leader where there are replicas. */
function reading(stream: string): readonly string[] {
  return [`$JS.API.DIRECT.GET.${stream}`, `$JS.API.STREAM.MSG.GET.${stream}`];
}

function readingBuckets(names: Names, buckets: readonly BucketName[]): readonly string[] {
  return buckets.flatMap((bucket) => reading(names.bucket(bucket).stream));
}

/** Reading a stream in order, by consumers of one's own. */
function consuming(stream: string): readonly string[] {
  return [`$JS.API.CONSUMER.CREATE.${stream}.>`, `$JS.API.CONSUMER.DELETE.${stream}.*`, ...answering("FC", stream)];
}

/** Taking attempts from a consumer that is there. */
function taking({ attempts: { stream } }: Names, consumer: string): readonly string[] {
  return [
    `$JS.API.CONSUMER.INFO.${stream}.${consumer}`,
    `$JS.API.CONSUMER.MSG.NEXT.${stream}.${consumer}`,
    ...answering("ACK", `${stream}.${consumer}`),
  ];
}

/** Putting queues right that an old server does not deliver after a crash. */
function keeping(stream: string): readonly string[] {
  return [
    `$JS.API.CONSUMER.LIST.${stream}`,
    ...["DELETE", "DURABLE.CREATE"].map((verb) => `$JS.API.CONSUMER.${verb}.${stream}.*`),
  ];
}

/** Newer servers may put a domain and an account before the stream. */
function answering(what: "ACK" | "FC", stream: string): readonly string[] {
  return [`$JS.${what}.${stream}.>`, `$JS.${what}.*.*.${stream}.>`];
}

/** Dead letters of these sources, and no others. */
function settingAside(names: Names, sources: readonly string[]): readonly string[] {
  return sources.map((source) => `${names.bucket("dead-letters").keyPrefix}${source}.>`);
}

function usingBlobs({ blobs }: Names): readonly string[] {
  return [`${blobs.subjectPrefix}>`, ...reading(blobs.stream)];
}

function inboxOf(prefix: string, role: NatsRole): string {
  return `_INBOX_${prefix}.${role}`;
}

function distinct(subjects: readonly string[]): readonly string[] {
  return [...new Set(subjects)];
}
