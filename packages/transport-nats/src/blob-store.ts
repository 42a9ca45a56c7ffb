import { createHash } from "node:crypto";
import { BlobNotFoundError, randomToken, token, type BlobStore } from "@arpeggio/core";
import type { JetStreamApi } from "./jetstream-api.ts";
import { headerBlock, headerNames } from "./message-headers.ts";
import type { Names } from "./names.ts";
import type { Publisher } from "./publisher.ts";
import { BlobCorruptError, BlobKeyInvalidError } from "./server-errors.ts";
import { stepThrough } from "./stepping.ts";
import type { StoredMessage } from "./server-answers.ts";

/** What the object store keeps about an object, as all NATS clients write it. */
export interface ObjectInfo {
  readonly name: string;
  readonly bucket: string;
  /** Names the subject of its chunks. */
  readonly nuid: string;
  readonly size: number;
  readonly chunks: number;
  /** `SHA-256=` and the padded base64url of the hash. */
  readonly digest: string;
  readonly mtime: string;
  readonly deleted?: boolean;
  readonly options: { readonly max_chunk_size: number };
}

const CHUNK_BYTES = 128 * 1024;
/** So many chunks of a blob are on their way at a time: what is given to the client in one turn is copied into one piece. */
const CHUNKS_AT_ONCE = 16;
const KEY_BYTES_MAX = 1_000;
const DIGEST_NAME = "SHA-256=";
const NOTHING = new Uint8Array(0);

/**
 * Blobs in a NATS object store, readable with every client's object API.
 *
 * Written through the pipelined publisher rather than the client's object API, which waits for each chunk and fails
 * with the connection; chunks carry ids, so a repeated one is stored once.
 */
export class NatsBlobStore implements BlobStore {
  readonly #api: JetStreamApi;
  readonly #publisher: Publisher;
  readonly #names: Names["blobs"];
  readonly #replicas: number;

  constructor(api: JetStreamApi, publisher: Publisher, more: { readonly names: Names; readonly replicas: number }) {
    this.#api = api;
    this.#publisher = publisher;
    this.#names = more.names.blobs;
    this.#replicas = more.replicas;
  }

  async put(key: string, bytes: Uint8Array): Promise<void> {
    const digest = digestOf(bytes);
    const old = await this.#soundInfo(key);
    if (old?.size === bytes.length && old.digest === digest) return;
    const nuid = randomToken(22);
    const chunkBytes = Math.min(CHUNK_BYTES, this.#publisher.messageBytesMax);
    // The description comes last: an object is there only when all of it is.
    const chunks = await this.#putChunks(nuid, bytes, chunkBytes);
    const info: ObjectInfo = {
      name: key,
      bucket: this.#names.bucket,
      nuid,
      size: bytes.length,
      chunks,
      digest,
      mtime: new Date().toISOString(),
      options: { max_chunk_size: chunkBytes },
    };
    const rollup = headerBlock([headerNames.rollup, "sub"]);
    await this.#publisher.put(this.#names.meta(key), Buffer.from(JSON.stringify(info)), rollup);
    // Takes the place of the old chunks. A purge would do the same, but who may purge may remove every blob.
    if (old && old.chunks > 0) await this.#publisher.put(this.#names.chunks(old.nuid), NOTHING, rollup);
  }

  /** In order; gives their number. */
  async #putChunks(nuid: string, bytes: Uint8Array, chunkBytes: number): Promise<number> {
    const subject = this.#names.chunks(nuid);
    const count = Math.ceil(bytes.length / chunkBytes);
    let next = 0;
    const lane = async () => {
      while (next < count) {
        const number = next++;
        const chunk = bytes.subarray(number * chunkBytes, (number + 1) * chunkBytes);
        await this.#publisher.publish(subject, chunk, `${nuid}.${number}`);
      }
    };
    await Promise.all(Array.from({ length: CHUNKS_AT_ONCE }, lane));
    return count;
  }

  async get(key: string): Promise<Uint8Array> {
    const info = await this.#info(key);
    if (!info) throw new BlobNotFoundError(key);
    const bytes = await this.#chunks(info);
    if (bytes.length !== info.size) {
      throw new BlobCorruptError(key, `${bytes.length} of its ${info.size} bytes are there`);
    }
    if (digestOf(bytes) !== info.digest) throw new BlobCorruptError(key, "its bytes do not have its digest");
    return bytes;
  }

  async delete(key: string): Promise<void> {
    const info = await this.#soundInfo(key);
    await this.#purge(this.#names.meta(key));
    if (info) await this.#purge(this.#names.chunks(info.nuid));
  }

  async *list(prefix: string): AsyncIterable<string> {
    for await (const { bytes } of this.#messages(this.#names.allMeta)) {
      const info = infoIn("of the list", bytes);
      if (info.deleted !== true && info.name.startsWith(prefix)) yield info.name;
    }
  }

  async #info(key: string): Promise<ObjectInfo | undefined> {
    const keyBytes = Buffer.byteLength(key);
    if (keyBytes === 0 || keyBytes > KEY_BYTES_MAX) throw new BlobKeyInvalidError(key);
    const message = await this.#api.lastMessage(this.#names.stream, this.#names.meta(key), this.#replicas);
    if (!message) return undefined;
    const info = infoIn(key, message.bytes);
    return info.deleted === true ? undefined : info;
  }

  /** Undefined also where the description is damaged: what lies under the key can be replaced and deleted all the same. */
  async #soundInfo(key: string): Promise<ObjectInfo | undefined> {
    try {
      return await this.#info(key);
    } catch (error) {
      if (error instanceof BlobCorruptError) return undefined;
      throw error;
    }
  }

  async #chunks(info: ObjectInfo): Promise<Uint8Array> {
    const filter = this.#names.chunks(info.nuid);
    if (info.chunks === 0) return new Uint8Array(0);
    if (info.chunks === 1) {
      const only = await this.#api.lastMessage(this.#names.stream, filter, this.#replicas);
      return only?.bytes ?? new Uint8Array(0);
    }
    const parts: Uint8Array[] = [];
    let size = 0;
    for await (const { bytes } of this.#messages(filter, info.chunks)) {
      parts.push(bytes);
      size += bytes.length;
      // More than the description says: it is refused, and need not be read to its end.
      if (size > info.size) break;
    }
    return Buffer.concat(parts);
  }

  #messages(filter: string, count?: number): AsyncIterable<StoredMessage> {
    const stepping = { stream: this.#names.stream, filter, replicas: this.#replicas };
    return stepThrough(this.#api, count === undefined ? stepping : { ...stepping, count });
  }

  async #purge(filter: string): Promise<void> {
    await this.#api.call(`STREAM.PURGE.${this.#names.stream}`, { filter });
  }
}

/** Whoever may store blobs may store a description of any kind; its `nuid` becomes part of subjects to read and purge. */
export function infoIn(key: string, bytes: Uint8Array): ObjectInfo {
  let info: ObjectInfo;
  try {
    info = JSON.parse(Buffer.from(bytes).toString()) as ObjectInfo;
    token("nuid", info.nuid);
  } catch {
    throw new BlobCorruptError(key, "its description is not one");
  }
  const { name, size, chunks, digest } = info;
  const isWhole = typeof name === "string" && typeof digest === "string" && isCount(size) && isCount(chunks);
  if (isWhole) return info;
  throw new BlobCorruptError(key, "its description lacks parts");
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function digestOf(bytes: Uint8Array): string {
  const hash = createHash("sha256").update(bytes).digest("base64");
  return DIGEST_NAME + hash.replaceAll("+", "-").replaceAll("/", "_");
}
