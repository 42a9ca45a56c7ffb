import sharp from "sharp";
import type { Metadata, Sharp } from "sharp";
import type { PictureSource, ReadableFormat } from "../contracts/picture.ts";
import { PictureError } from "../picture-error.ts";
import { missingEnd } from "./container-end.ts";
import { describeContent, formatOf } from "./format-signature.ts";
import { readPicture } from "./picture-file.ts";
import type { PictureContext } from "./picture-limits.ts";

/**
 * After this long libvips gives up on a picture and its thread is free again, in seconds. The tasks' own timeout is the
 * same; an attempt that has run out of it is over, but nothing else could stop the work inside libvips.
 */
export const DECODE_SECONDS_MAX = 60;

/** A picture whose header is read and found to be within the limits; its pixels are not decoded yet. */
export interface OpenPicture {
  readonly label: string;
  readonly format: ReadableFormat;
  readonly metadata: Metadata;
  /** In pixels, as seen: with the EXIF orientation applied. */
  readonly width: number;
  readonly height: number;
  readonly sizeBytes: number;
  /** A new pipeline on the pixels, upright; sharp makes sRGB of them by itself. Run it through {@link decoded}. */
  pixels(): Sharp;
}

/**
 * Reads a picture and its header.
 *
 * @throws {@link PictureError} for whatever is wrong with the picture itself: permanent, as no repetition cures it.
 */
export async function openPicture(source: PictureSource, context: PictureContext): Promise<OpenPicture> {
  const { bytes, label } = await readPicture(source, context.limits);
  context.signal.throwIfAborted();

  const format = formatOf(bytes);
  if (format === undefined) {
    throw new PictureError(
      "IMAGE_FORMAT_UNSUPPORTED",
      `${label} is not a picture that can be read: ${describeContent(bytes)}`,
    );
  }
  const missing = missingEnd(format, bytes);
  if (missing !== undefined) throw new PictureError("IMAGE_UNREADABLE", `${label} is incomplete: ${missing}`);
  // The pixel limit is off here, for the header only, so that the refusal below can name the real size.
  const metadata = await decoded(label, sharp(bytes, { limitInputPixels: false }).metadata());
  const { width, height } = metadata.autoOrient;
  checkPixels(label, { width, height }, context);
  context.signal.throwIfAborted();

  return {
    label,
    format,
    metadata,
    width,
    height,
    sizeBytes: bytes.length,
    pixels: () =>
      sharp(bytes, {
        // A warning is what the decoders give for a file that is cut or damaged and can be filled up with grey.
        failOn: "warning",
        limitInputPixels: context.limits.pixelsMax,
        autoOrient: true,
        sequentialRead: true,
      }).timeout({ seconds: DECODE_SECONDS_MAX }),
  };
}

/** Refuses a picture, or a sheet to be made, of more pixels than the worker is willing to hold. */
export function checkPixels(
  label: string,
  { width, height }: { width: number; height: number },
  { limits }: PictureContext,
): void {
  if (width * height <= limits.pixelsMax) return;
  throw new PictureError(
    "IMAGE_TOO_LARGE",
    `${label} has ${width} × ${height} = ${width * height} pixels; at most ${limits.pixelsMax} are decoded`,
  );
}

/** Waits for work on the pixels of one picture and says in words what is wrong with it when that fails. */
export async function decoded<T>(label: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    // Neither says anything about the picture; another attempt, at another time, may go through.
    if (/out of memory|^timeout/i.test(text)) throw error;
    if (/too large for the|exceeds? (the )?pixel limit/i.test(text)) {
      throw new PictureError("IMAGE_TOO_LARGE", `${label} cannot be made: ${reasonOf(text)}`, { cause: error });
    }
    throw new PictureError("IMAGE_UNREADABLE", `${label} is damaged: ${reasonOf(text)}`, { cause: error });
  }
}

/** Lines of libvips and sharp that say that something is wrong, and not what. */
const EMPTY_WORDS = /^source: |^error in tile |failOn setting|unable to write to target/;

/** What libvips says, without the names of its parts and without repetitions. */
function reasonOf(text: string): string {
  const lines = text
    .replace(/^Input (buffer|file) has corrupt header:\s*/i, "")
    .split("\n")
    .filter((line) => !EMPTY_WORDS.test(line))
    .map((line) => line.replace(/^(\w+: )+/, "").trim())
    .filter((line) => line !== "");
  return [...new Set(lines)].slice(0, 3).join("; ") || "its pixels cannot be decoded";
}
