import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import type { Sharp } from "sharp";
import { DEFAULT_LIMITS } from "../operations/picture-limits.ts";
import type { PictureContext, PictureLimits } from "../operations/picture-limits.ts";

/** A context as a worker would give it, with what a test wants otherwise. */
export function aContext(given: { limits?: Partial<PictureLimits>; signal?: AbortSignal } = {}): PictureContext & {
  readonly told: [done: number, of: number][];
} {
  const told: [number, number][] = [];
  return {
    limits: { ...DEFAULT_LIMITS, ...given.limits },
    signal: given.signal ?? new AbortController().signal,
    progress: (done, of) => told.push([done, of]),
    told,
  };
}

/** A folder of its own for one test, gone afterwards. */
export async function aFolder(): Promise<{
  path: (name: string) => string;
  put: (name: string, content: Uint8Array | string) => Promise<string>;
  names: () => Promise<string[]>;
  [Symbol.asyncDispose]: () => Promise<void>;
}> {
  const folder = await mkdtemp(join(tmpdir(), "arpeggio-pictures-"));
  const path = (name: string) => join(folder, name);
  return {
    path,
    put: async (name, content) => {
      await writeFile(path(name), content);
      return path(name);
    },
    names: async () => (await readdir(folder)).toSorted(),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

/** A picture with its left half red and its right half blue, with a little noise so that it does not pack to nothing. */
export function twoHalves(width = 60, height = 40): Sharp {
  const pixels = Buffer.alloc(width * height * 3);
  let noise = 1;
  for (let at = 0; at < width * height; at += 1) {
    noise = (noise * 48_271) % 2_147_483_647;
    const left = at % width < width / 2;
    pixels[at * 3] = (left ? 200 : 20) + (noise % 17);
    pixels[at * 3 + 1] = 20 + (noise % 13);
    pixels[at * 3 + 2] = (left ? 20 : 200) + (noise % 11);
  }
  return sharp(pixels, { raw: { width, height, channels: 3 } });
}

/** Every format that can be read, by its name. */
export const READABLE = {
  jpeg: () => twoHalves().jpeg().toBuffer(),
  "progressive jpeg": () => twoHalves(200, 120).jpeg({ progressive: true }).toBuffer(),
  png: () => twoHalves().png().toBuffer(),
  webp: () => twoHalves().webp().toBuffer(),
  avif: () => twoHalves().avif({ effort: 0 }).toBuffer(),
  gif: () => twoHalves().gif().toBuffer(),
  tiff: () => twoHalves().tiff({ compression: "lzw" }).toBuffer(),
} as const;

/** Three frames of different colours, one after another. */
export async function animation(format: "gif" | "webp"): Promise<Buffer> {
  const frames = await Promise.all(
    ["#ff0000", "#00ff00", "#0000ff"].map((background) =>
      sharp({ create: { width: 24, height: 16, channels: 3, background } })
        .png()
        .toBuffer(),
    ),
  );
  return sharp(frames, { join: { animated: true } })
    .toFormat(format)
    .toBuffer();
}

/** A picture that is clear in all but a circle. */
export function transparent(width = 40, height = 40): Promise<Buffer> {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><circle cx="50%" cy="50%" r="30%" fill="#0a0"/></svg>`;
  return sharp(Buffer.from(svg)).png().toBuffer();
}

/** A PNG whose header announces a size that its few bytes do not hold: what a decompression bomb looks like. */
export async function pngClaiming(width: number, height: number): Promise<Buffer> {
  const png = await twoHalves(4, 4).png().toBuffer();
  png.writeUInt32BE(width, 16);
  png.writeUInt32BE(height, 20);
  png.writeUInt32BE(crc32(png.subarray(12, 29)), 29);
  return png;
}

function crc32(bytes: Buffer): number {
  let crc = 0xffff_ffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb8_8320 : 0);
  }
  return (crc ^ 0xffff_ffff) >>> 0;
}

/** The colour at a point, as `[red, green, blue]` and the opacity where there is one. */
export async function colourAt(picture: Uint8Array | string, x: number, y: number): Promise<number[]> {
  const { data, info } = await sharp(picture).raw().toBuffer({ resolveWithObject: true });
  const at = (y * info.width + x) * info.channels;
  return [...data.subarray(at, at + info.channels)];
}

/** The bytes of a result that was not written to a path. */
export function bytesOf(result: { source: { path: string } | { bytes: Uint8Array } }): Uint8Array {
  if ("bytes" in result.source) return result.source.bytes;
  throw new Error(`the result is in ${result.source.path}`);
}
