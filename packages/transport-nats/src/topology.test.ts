import { expect, test } from "vitest";
import { namesOf } from "./names.ts";
import { settingsOf, type NatsOptions } from "./options.ts";
import { assetsOf, checkStream, partitionsIn, type StreamSettings } from "./topology.ts";

function eventsAsset(options: NatsOptions) {
  const settings = settingsOf(options);
  return { asset: assetsOf(namesOf(settings.prefix), settings)[0], given: settings.given };
}

test("every asset has a name and subjects of its own", () => {
  const assets = assetsOf(namesOf("arp"), settingsOf({}));
  expect(assets.map(({ settings }) => settings.name)).toEqual([
    "ARP_EVENTS",
    "ARP_TASKS",
    "KV_arp_runs",
    "KV_arp_partitions",
    "KV_arp_results",
    "KV_arp_graphs",
    "KV_arp_workers",
    "KV_arp_dead_letters",
    "OBJ_arp_blobs",
  ]);
  const subjects = assets.flatMap(({ settings }) => settings.subjects);
  expect(new Set(subjects).size).toBe(subjects.length);
});

test("the partition count goes into the log's description and comes out again", () => {
  expect(partitionsIn(eventsAsset({ partitions: 12 }).asset.settings.description)).toBe(12);
  expect(partitionsIn("somebody else's stream")).toBeUndefined();
  expect(partitionsIn(undefined)).toBeUndefined();
});

test("what the server has is accepted as long as the option is not given", () => {
  const found: Partial<StreamSettings> = { storage: "memory", num_replicas: 3, max_age: 1, description: "edited" };
  const { asset, given } = eventsAsset({});
  expect(() => checkStream(asset, { ...asset.settings, ...found }, given)).not.toThrow();
});

test.each<[string, NatsOptions, Partial<StreamSettings>]>([
  ["storage", { storage: "file" }, { storage: "memory" }],
  ["num_replicas", { replicas: 1 }, { num_replicas: 3 }],
  ["max_age", { retention: { eventsMs: 200_000 } }, { max_age: 1 }],
  // A server that does not know a setting leaves it out of what it gives back.
  ["allow_direct", {}, { allow_direct: undefined as never }],
  ["subjects", {}, { subjects: ["arp.>"] }],
  ["retention", {}, { retention: "workqueue" }],
  ["max_msgs_per_subject", {}, { max_msgs_per_subject: 1 }],
])("a different %s is an error", (field, options, found) => {
  const { asset, given } = eventsAsset(options);
  const expected = expect.objectContaining({ code: "TOPOLOGY_MISMATCH", asset: "ARP_EVENTS", field }) as Error;
  expect(() => checkStream(asset, { ...asset.settings, ...found }, given)).toThrow(expected);
});

test("what is kept for a time is left to the server, blobs included; states, leases and graphs have no age", () => {
  const retention = { eventsMs: 1e6, attemptsMs: 2e6, resultsMs: 3e6, blobsMs: 4e6, deadLettersMs: 5e6 };
  const ages = assetsOf(namesOf("arp"), settingsOf({ retention })).map(({ settings }) => [
    settings.name,
    settings.max_age / 1e6,
  ]);
  expect(Object.fromEntries(ages)).toMatchObject({
    ARP_EVENTS: 1e6,
    ARP_TASKS: 2e6,
    KV_arp_results: 3e6,
    OBJ_arp_blobs: 4e6,
    KV_arp_dead_letters: 5e6,
    KV_arp_runs: 0,
    KV_arp_partitions: 0,
    KV_arp_graphs: 0,
  });
});
