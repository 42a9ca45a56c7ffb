import { deeply } from "../collections/deep-call.ts";
import type { DeepCall } from "../collections/deep-call.ts";
import { blobReferenceIn } from "./blob-reference.ts";
import { DECODE_DEPTH_MAX } from "./depth-limits.ts";
import { RecordUndecodableError } from "./frame.ts";
import { readable, unpack } from "./msgpack.ts";
import { decodePayload } from "./payload.ts";
import { scan } from "./payload-scan.ts";
import type { Extension, Spine } from "./payload-scan.ts";
import type { Payload } from "./records.ts";

/**
 * A value may be as large as this, or as {@link TIMES_MAX} times what was fetched for it: a few small blobs that refer to each
 * other twice and twice again would come to more than any memory holds, and reading 64 MiB of small values takes two seconds.
 */
const BYTES_ALWAYS = 8 * 1024 * 1024;
const TIMES_MAX = 100;

/**
 * The value again, with the values of all blobs that it refers to in their places. Fetches each of them once, those
 * of one round side by side; a payload without references costs no more than {@link decodePayload}.
 *
 * @param fetch gives a blob's bytes, e.g. `(key) => transport.blobs.get(key)`; what it throws goes through.
 * @throws {@link RecordUndecodableError} if the payload or a blob is malformed, a blob refers to itself, or blobs stand in each
 * other so often that the value has more than 8 MiB and more than 100 times the bytes of the payload and its blobs.
 */
export async function loadPayload(payload: Payload, fetch: (key: string) => Promise<Uint8Array>): Promise<unknown> {
  const root = holderOf(payload);
  if (root.references.length === 0) return unpack(readable(payload), 0, payload.length, "copies", root.spine);
  return decodePayload(filled(root, await blobsOf(root, fetch)));
}

/** The keys of the blobs that a payload itself refers to. @throws {@link RecordUndecodableError} if it is malformed. */
export function blobKeysIn(payload: Payload): readonly string[] {
  return holderOf(payload).references.map(({ key }) => key);
}

/** A payload, and the blobs that it refers to: where each stands in it. */
interface Holder {
  readonly payload: Payload;
  readonly references: readonly { readonly key: string; readonly at: number; readonly to: number }[];
  readonly spine: Spine;
}
type Blobs = ReadonlyMap<string, Holder>;

async function blobsOf(root: Holder, fetch: (key: string) => Promise<Uint8Array>): Promise<Blobs> {
  const blobs = new Map<string, Holder>();
  // A blob may refer to others, which come to light in the next round.
  for (let round = [root], rounds = 0; round.length > 0; rounds++) {
    if (rounds > DECODE_DEPTH_MAX) throw new RecordUndecodableError("blobs lie too deep in each other");
    const keys = new Set(round.flatMap((holder) => holder.references.map(({ key }) => key)));
    const missing = Array.from(keys).filter((key) => !blobs.has(key));
    round = await Promise.all(missing.map(async (key) => holderOf(await fetch(key))));
    for (const [i, key] of missing.entries()) blobs.set(key, round[i] as Holder);
  }
  return blobs;
}

/** @throws {@link RecordUndecodableError} if the payload is malformed. */
function holderOf(payload: Payload): Holder {
  const found: Extension[] = [];
  const spine = scan(payload, 0, payload.length, (reference) => found.push(reference));
  const references = found.map(({ at, from, to }) => ({ key: blobReferenceIn(payload, from, to).key, at, to }));
  return { payload, references, spine };
}

/** The payload with the bytes of the blobs in the places of the references to them. */
function filled(root: Holder, blobs: Blobs): Payload {
  const size = deeply(new Measuring(blobs).sizeOf(root));
  let fetched = root.payload.length;
  for (const { payload } of blobs.values()) fetched += payload.length;
  if (size > Math.max(BYTES_ALWAYS, TIMES_MAX * fetched)) {
    throw new RecordUndecodableError(`blobs of ${fetched} bytes that stand in each other come to ${size} bytes`);
  }
  const whole = new Uint8Array(size);
  deeply(written(root, blobs, { bytes: whole, used: 0 }));
  return whole;
}

/** How large holders are with everything in its place; each blob is measured once. */
class Measuring {
  readonly #blobs: Blobs;
  readonly #sizes = new Map<string, number>();
  /** The blobs that are being measured. */
  readonly #open = new Set<string>();

  constructor(blobs: Blobs) {
    this.#blobs = blobs;
  }

  *sizeOf({ payload, references }: Holder): DeepCall<number> {
    let size = payload.length;
    for (const { key, at, to } of references) size += ((yield this.#sizeOfBlob(key)) as number) - (to - at);
    return size;
  }

  *#sizeOfBlob(key: string): DeepCall<number> {
    const known = this.#sizes.get(key);
    if (known !== undefined) return known;
    if (this.#open.has(key)) throw new RecordUndecodableError(`blob '${key}' refers to itself`);
    this.#open.add(key);
    const size = (yield this.sizeOf(this.#blobs.get(key) as Holder)) as number;
    this.#open.delete(key);
    this.#sizes.set(key, size);
    return size;
  }
}

function* written(holder: Holder, blobs: Blobs, whole: { readonly bytes: Uint8Array; used: number }): DeepCall<void> {
  const { payload, references } = holder;
  let from = 0;
  const add = (part: Uint8Array): void => {
    whole.bytes.set(part, whole.used);
    whole.used += part.length;
  };
  for (const { key, at, to } of references) {
    add(payload.subarray(from, at));
    yield written(blobs.get(key) as Holder, blobs, whole);
    from = to;
  }
  add(payload.subarray(from));
}
