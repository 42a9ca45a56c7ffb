import type { ReadableFormat } from "../contracts/picture.ts";

/**
 * Whether the file goes on to the end that its own structure announces: what is missing, in words, or `undefined`.
 *
 * The decoders of GIF and AVIF give a picture as soon as they have the frame that is asked for, and the one of PNG does
 * not miss the end mark; half an upload would pass for a sound picture. Those of JPEG and WebP refuse it, but libvips has one
 * place for the words of all threads: what is wrong with one picture is told of another, or of none. TIFF has no end to look
 * for, and its decoder refuses a file that is cut.
 */
export function missingEnd(format: ReadableFormat, bytes: Buffer): string | undefined {
  switch (format) {
    case "jpeg":
      return missingJpegEnd(bytes);
    case "png":
      return missingPngEnd(bytes);
    case "gif":
      return missingGifEnd(bytes);
    case "avif":
      return missingBoxEnd(bytes);
    case "webp":
      return missingRiffEnd(bytes);
    case "tiff":
      return undefined;
  }
}

/** Segments, each a marker with a length and what it announces; pixels follow the scan's, with no length; the last marker is EOI. */
function missingJpegEnd(bytes: Buffer): string | undefined {
  const END = 0xd9;
  let at = 2;
  for (;;) {
    at = bytes.indexOf(0xff, at);
    while (bytes[at] === 0xff) at += 1;
    const marker = bytes[at];
    if (marker === undefined) return cut(bytes, "before its end mark");
    if (marker === END) return undefined;
    at += 1;
    // Among pixels: a 0xff that is one of them, or a restart.
    if (marker <= 1 || (marker >= 0xd0 && marker <= 0xd7)) continue;
    if (at + 2 > bytes.length) return cut(bytes, "inside a segment header");
    at += bytes.readUInt16BE(at);
    if (at > bytes.length) return cut(bytes, `inside its segment 0x${marker.toString(16)}`);
  }
}

/** Chunks of length, type, data and checksum; the last one is IEND. */
function missingPngEnd(bytes: Buffer): string | undefined {
  let at = 8;
  while (at + 12 <= bytes.length) {
    const type = bytes.toString("latin1", at + 4, at + 8);
    at += 12 + bytes.readUInt32BE(at);
    if (at > bytes.length) return cut(bytes, `inside its ${type} part`);
    if (type === "IEND") return undefined;
  }
  return cut(bytes, "before its end mark");
}

/** Blocks, each a row of sub-blocks with their length in front; the last one is the trailer, one byte. */
function missingGifEnd(bytes: Buffer): string | undefined {
  const EXTENSION = 0x21;
  const FRAME = 0x2c;
  const TRAILER = 0x3b;
  let at = 13 + colourTableBytes(bytes[10] ?? 0);
  let frames = 0;
  while (at < bytes.length) {
    const block = bytes[at];
    if (block === TRAILER) return undefined;
    if (block === EXTENSION) at += 2;
    else if (block === FRAME) {
      frames += 1;
      at += 11 + colourTableBytes(bytes[at + 9] ?? 0);
    } else return `it has an unknown block (0x${block?.toString(16)}) at byte ${at}`;
    for (let length = bytes[at]; length !== 0; length = bytes[at]) {
      if (length === undefined) return cut(bytes, `in frame ${Math.max(frames, 1)}`);
      at += 1 + length;
    }
    at += 1;
  }
  return cut(bytes, "before its end mark");
}

/** The size of a GIF colour table, in bytes, from the flags in front of it. */
function colourTableBytes(flags: number): number {
  return (flags & 0x80) === 0 ? 0 : 3 * (2 << (flags & 7));
}

/** One RIFF chunk around all others, with its length in front. */
function missingRiffEnd(bytes: Buffer): string | undefined {
  const length = 8 + bytes.readUInt32LE(4);
  return bytes.length < length ? cut(bytes, `before the ${length} bytes that it announces`) : undefined;
}

/** Boxes with their length in front: 0 is "to the end of the file", 1 is a 64-bit length after the type. */
function missingBoxEnd(bytes: Buffer): string | undefined {
  let at = 0;
  while (at < bytes.length) {
    if (at + 8 > bytes.length) return cut(bytes, "inside a box header");
    const type = bytes.toString("latin1", at + 4, at + 8);
    let length = bytes.readUInt32BE(at);
    if (length === 0) return undefined;
    if (length === 1) {
      if (at + 16 > bytes.length) return cut(bytes, "inside a box header");
      length = Number(bytes.readBigUInt64BE(at + 8));
    }
    if (length < 8) return `its box '${type}' at byte ${at} has the impossible length ${length}`;
    at += length;
    if (at > bytes.length) return cut(bytes, `inside its box '${type}'`);
  }
  return undefined;
}

function cut(bytes: Buffer, where: string): string {
  return `the file ends ${where}, after ${bytes.length} bytes`;
}
