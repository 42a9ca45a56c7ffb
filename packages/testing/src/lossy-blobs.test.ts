import type { BlobStore } from "@arpeggio/core";
import { createEmbeddedTransport } from "@arpeggio/transport-embedded";
import { expect, test } from "vitest";
import { gathered } from "./gathered.ts";
import { LossyBlobs } from "./lossy-blobs.ts";

test("what was put after a moment is gone, and what was removed is there again", async () => {
  let nowMs = 1;
  const { blobs: below } = await createEmbeddedTransport({}).open("test");
  const lossy = new LossyBlobs(() => nowMs);
  const blobs: BlobStore = lossy.of(below);
  const bytes = new Uint8Array([7]);
  await blobs.put("r/kept", bytes);
  await blobs.put("r/removed", bytes);
  nowMs = 2;
  await blobs.put("r/new", bytes);
  await blobs.delete("r/removed");
  expect(await lossy.lose(1, below)).toEqual(["r/new"]);
  expect(await gathered(blobs.list(""))).toEqual(["r/kept", "r/removed"]);
  expect(await blobs.get("r/removed")).toEqual(bytes);
  await expect(blobs.get("r/new")).rejects.toMatchObject({ code: "BLOB_NOT_FOUND" });
  expect((await lossy.lose(0, below)).toSorted()).toEqual(["r/kept", "r/removed"]);
});
