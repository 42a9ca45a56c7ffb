import { expect, test } from "vitest";
import { nats } from "./nats.ts";
import { settingsOf, type NatsOptions } from "./options.ts";

test("everything has a default, and nothing counts as asked for", () => {
  const settings = settingsOf({});
  expect(settings).toMatchObject({
    servers: ["127.0.0.1:4222"],
    prefix: "arp",
    partitions: 4,
    replicas: 1,
    storage: "file",
    dedupeMs: 120_000,
    queueMessagesMax: -1,
    eventsBytesMax: -1,
    inlineBytesMax: 131_072,
    connectTimeoutMs: 3_000,
    answerTimeoutMs: 30_000,
  });
  expect(settings.given.size).toBe(0);
});

test("remembers which stored settings were asked for", () => {
  const { given, retention } = settingsOf({ replicas: 3, retention: { resultsMs: 0, eventsMs: 120_000 } });
  expect([...given].sort()).toEqual(["replicas", "retention", "retention.eventsMs", "retention.resultsMs"]);
  expect(retention).toMatchObject({ resultsMs: 0, eventsMs: 120_000, blobsMs: 30 * 86_400_000 });
});

test.each<[string, unknown]>([
  ["servers", { servers: [] }],
  ["servers", { servers: "" }],
  ["servers", { servers: ["127.0.0.1:4222", 7] }],
  ["prefix", { prefix: "Arp" }],
  ["prefix", { prefix: "a.b" }],
  ["prefix", { prefix: "" }],
  ["partitions", { partitions: 0 }],
  ["partitions", { partitions: 1.5 }],
  ["partitions", { partitions: 257 }],
  ["replicas", { replicas: 2 }],
  ["storage", { storage: "disk" }],
  ["retention", { retention: 5 }],
  ["retention.eventsMs", { retention: { eventsMs: 1_000 } }],
  ["retention.eventMs", { retention: { eventMs: 200_000 } }],
  ["dedupeMs", { dedupeMs: 10 }],
  ["queueMessagesMax", { queueMessagesMax: 0 }],
  ["eventsBytesMax", { eventsBytesMax: 1_000 }],
  ["inlineBytesMax", { inlineBytesMax: 0 }],
  ["connectTimeoutMs", { connectTimeoutMs: "5s" }],
  ["answerTimeoutMs", { answerTimeoutMs: 999 }],
  ["inboxPrefix", { inboxPrefix: "_INBOX.>" }],
  ["user", { user: "" }],
  ["server", { server: "127.0.0.1" }],
  ["nats", null],
])("refuses %s in %j when nats() is called", (option, options) => {
  const expected = expect.objectContaining({ code: "OPTION_INVALID", option }) as Error;
  expect(() => nats(options as NatsOptions)).toThrow(expected);
});

test("a secret does not get into an error", () => {
  const pass = { secret: "hunter2" } as unknown as string;
  expect(() => settingsOf({ pass })).toThrow(/^(?!.*hunter2).*'pass'/);
});
