import { encodeBlobReference, encodeOutcome, encodePayload } from "@arpeggio/core";
import { createEmbeddedTransport } from "@arpeggio/transport-embedded";
import { expect, test } from "vitest";
import { unwantedBlobs } from "./wanted-blobs.ts";

test("a blob is left over if neither the outcome of its run nor its past needs it", async () => {
  const broker = createEmbeddedTransport();
  const transport = await broker.open("test");
  const bytes = encodePayload([1, 2, 3]);
  const own = ["output", "0-1-list", "input-1", "kept-1", "2-1-result"].map((name) => `r/${name}`);
  for (const key of [...own, "never-was/input-1"]) await transport.blobs.put(key, bytes);
  const times = { startedAtMs: 1, endedAtMs: 2 };
  const outcome = { run: "r", workflow: "w", graph: "g", state: "succeeded", counts: {}, ...times } as const;
  const value = encodeBlobReference({ key: "r/output", bytes: bytes.length });
  await transport.bucket("results").put("r.c", encodeOutcome({ ...outcome, value, blobs: ["r/0-1-list"] }));
  expect(await unwantedBlobs(transport, [...own, "never-was/input-1"])).toEqual(["r/2-1-result", "never-was/input-1"]);
  await broker.close();
});
