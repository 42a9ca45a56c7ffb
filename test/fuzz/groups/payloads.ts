import {
  BlobNotFoundError,
  blobKeysIn,
  blobReferenceOf,
  decodePayload,
  encodeBlobReference,
  encodePayload,
  isBlobReference,
  loadPayload,
  payloadArrayEnds,
  payloadArrayLength,
  payloadEnd,
  peerIn,
  pressureIn,
  runFailureOf,
  splicePayloadArray,
  splicePayloadObject,
  splitPayloadArray,
  valueText,
} from "@arpeggio/core";
import { list, payload, reference } from "../corpus/parts.ts";
import { mutated } from "../mutation/mutation.ts";
import { ensure, tried, triedLater } from "../oracles/harm.ts";
import type { Tally } from "../oracles/harm.ts";
import { ensurePlain } from "../oracles/plain-data.ts";
import { decoded } from "./group.ts";
import type { Decoder, Group } from "./group.ts";

const referTo = (key: string) => encodeBlobReference({ key, bytes: 9 });
/** Blobs that payloads may refer to: sound ones, and some that refer to each other, to themselves, or hold nothing sound. */
export const blobs: ReadonlyMap<string, Uint8Array> = new Map([
  ["inner", list],
  ["outer", splicePayloadArray([referTo("inner"), payload, referTo("inner")])],
  ["a/b", splicePayloadArray([referTo("a/b")])],
  ["~", Uint8Array.of(0x91)],
  ["", splicePayloadArray(Array.from({ length: 50 }, () => referTo("outer")))],
]);
const corpus = [
  payload,
  list,
  reference,
  splicePayloadArray([payload, referTo("inner"), payload]),
  splicePayloadObject([
    ["a", referTo("outer")],
    ["constructor", list],
  ]),
  referTo(""),
  encodePayload(["QUEUE_FULL", "7 runs"]),
  encodePayload(["coordinator-1", 3]),
];

const decoder: Decoder<unknown> = {
  name: "decodePayload",
  decode: decodePayload,
  encode: encodePayload,
  // What was put together may lie deeper than what is handed over.
  refusals: ["VALUE_NOT_SERIALISABLE"],
};

/** Values of users, and the blobs that they refer to. */
export const payloadGroup: Group = {
  name: "payloads",
  make: (random) => mutated(corpus, random),
  async read(bytes, tally) {
    const before = bytes.slice();
    const value = decoded(decoder, bytes, tally);
    readParts(bytes, tally, value);
    peerIn(bytes);
    pressureIn(bytes);
    runFailureOf({ code: "C", message: "", failures: [], partial: bytes });
    if (value !== undefined) valueText(value.value);
    if (tried(tally, "blobKeysIn", [], () => blobKeysIn(bytes))?.value.length !== 0) {
      const loaded = await triedLater(tally, "loadPayload", ["BLOB_NOT_FOUND"], () => loadPayload(bytes, fetched));
      if (loaded !== undefined) ensurePlain(loaded.value, "loadPayload");
    }
    ensure(Buffer.compare(before, bytes) === 0, "reading has changed the bytes");
  },
};

function fetched(key: string): Promise<Uint8Array> {
  const blob = blobs.get(key);
  return blob === undefined ? Promise.reject(new BlobNotFoundError(key)) : Promise.resolve(blob);
}

/** What finds the parts of a payload comes to the same as what decodes it. */
function readParts(bytes: Uint8Array, tally: Tally, value: { readonly value: unknown } | undefined): void {
  const isReferring = isReference(bytes, tally);
  tried(tally, "blobReferenceOf", [], () => blobReferenceOf(bytes));
  const end = tried(tally, "payloadEnd", [], () => payloadEnd(bytes, 0))?.value;
  const length = tried(tally, "payloadArrayLength", [], () => payloadArrayLength(bytes))?.value;
  const parts = tried(tally, "splitPayloadArray", [], () => splitPayloadArray(bytes))?.value;
  const ends = tried(tally, "payloadArrayEnds", [], () => payloadArrayEnds(bytes))?.value;
  ensure(parts?.length === ends?.ends.length, "a list comes apart in two ways");
  if (value === undefined) return;
  ensure(end === bytes.length && !isReferring, "a value that decodes ends elsewhere");
  if (!Array.isArray(value.value))
    return ensure(length === undefined && parts === undefined, "what is no list came apart");
  ensure(length === value.value.length && parts?.length === length, "a list has another length than its value");
}

function isReference(bytes: Uint8Array, tally: Tally): boolean {
  return tried(tally, "isBlobReference", [], () => isBlobReference(bytes))?.value === true;
}
