import type { ReadableFormat } from "../contracts/picture.ts";

/**
 * The format that the first bytes announce, or `undefined`.
 *
 * Asked before libvips sees the file, so that only decoders for pictures are reached: its own detection would also take
 * SVG, which can be small and take for ever to draw.
 */
export function formatOf(bytes: Buffer): ReadableFormat | undefined {
  if (startsWith(bytes, [0xff, 0xd8, 0xff])) return "jpeg";
  if (startsWith(bytes, [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])) return "png";
  if (text(bytes, 0, 4) === "RIFF" && text(bytes, 8, 12) === "WEBP") return "webp";
  if (text(bytes, 0, 6) === "GIF87a" || text(bytes, 0, 6) === "GIF89a") return "gif";
  if (startsWith(bytes, [0x49, 0x49, 0x2a, 0x00]) || startsWith(bytes, [0x4d, 0x4d, 0x00, 0x2a])) return "tiff";
  if (text(bytes, 4, 8) === "ftyp" && brandsOf(bytes).some((brand) => brand === "avif" || brand === "avis")) {
    return "avif";
  }
  return undefined;
}

/** What a file that is none of the readable formats seems to be, in words. */
export function describeContent(bytes: Buffer): string {
  if (text(bytes, 4, 8) === "ftyp" && brandsOf(bytes).some((brand) => /^(hei|hev|mif1|msf1)/.test(brand))) {
    return "it is a HEIC picture";
  }
  if (text(bytes, 0, 2) === "BM") return "it is a BMP picture";
  if (text(bytes, 0, 4) === "8BPS") return "it is a Photoshop document";
  if (text(bytes, 0, 5) === "%PDF-") return "it is a PDF document";
  if (startsWith(bytes, [0xff, 0x0a]) || text(bytes, 4, 8) === "JXL ") return "it is a JPEG XL picture";
  if (text(bytes, 0, 2) === "PK") return "it is a ZIP archive";
  const head = bytes.subarray(0, 512).toString("utf8");
  if (/<svg[\s>]/i.test(head)) return "it is an SVG drawing";
  if (/^\s*<(!doctype html|html)/i.test(head)) return "it is an HTML page";
  if (isText(head)) return `it is text that begins with ${JSON.stringify(head.slice(0, 24))}`;
  return `its first bytes, ${bytes.subarray(0, 8).toString("hex")}, are of no picture format that is known here`;
}

function brandsOf(bytes: Buffer): string[] {
  const end = Math.min(bytes.length, bytes.length >= 4 ? bytes.readUInt32BE(0) : 0, 256);
  const brands = [text(bytes, 8, 12)];
  for (let at = 16; at + 4 <= end; at += 4) brands.push(text(bytes, at, at + 4));
  return brands;
}

function isText(head: string): boolean {
  if (head.length === 0 || head.includes("\uFFFD")) return false;
  for (const char of head) {
    const code = char.codePointAt(0) ?? 0;
    if (code < 32 && char !== "\n" && char !== "\r" && char !== "\t") return false;
  }
  return true;
}

function startsWith(bytes: Buffer, signature: readonly number[]): boolean {
  return bytes.length >= signature.length && signature.every((byte, at) => bytes[at] === byte);
}

function text(bytes: Buffer, start: number, end: number): string {
  return bytes.toString("latin1", start, end);
}
