/** The extension types that payloads use; every other one is refused. */
export const extensions = {
  /** The specification's own: -1. */
  timestamp: 0xff,
  /** An integer that 64 bits do not hold: two's complement, big endian. */
  bigint: 0x42,
  /** A value that lies in the blob store: a MessagePack array `[key, bytes, items]`. */
  blobReference: 0x01,
} as const;
