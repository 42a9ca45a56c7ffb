import { realpath } from "node:fs/promises";
import { extname, isAbsolute, join, resolve } from "node:path";
import type { Sharp } from "sharp";
import type { Picture, PictureFormat, PictureOutputOptions, PictureSource } from "../contracts/picture.ts";
import { PictureError } from "../picture-error.ts";
import { writeFileAtomically } from "./atomic-file.ts";
import { decoded } from "./picture-decoding.ts";
import type { OpenPicture } from "./picture-decoding.ts";
import type { PictureContext } from "./picture-limits.ts";

const FORMAT_OF_ENDING: Readonly<Record<string, PictureFormat>> = {
  ".jpg": "jpeg",
  ".jpeg": "jpeg",
  ".png": "png",
  ".webp": "webp",
  ".avif": "avif",
};

/** The format to write, from the wish, the name of the file, and the picture read. */
export function outputFormat(options: PictureOutputOptions, read?: OpenPicture): PictureFormat {
  if (options.to !== undefined) {
    const ending = extname(options.to).toLowerCase();
    const named = FORMAT_OF_ENDING[ending];
    if (named === undefined) {
      throw new PictureError(
        "IMAGE_OPTION_INVALID",
        `${options.to} ends in '${ending}'; a picture to write ends in ${Object.keys(FORMAT_OF_ENDING).join(", ")}`,
      );
    }
    if (options.format !== undefined && options.format !== named) {
      throw new PictureError(
        "IMAGE_OPTION_INVALID",
        `${options.to} would hold ${options.format}, not what its name says`,
      );
    }
    return named;
  }
  if (options.format !== undefined) return options.format;
  if (read === undefined) return "jpeg";
  if (read.format === "gif" || read.format === "tiff") return read.metadata.hasAlpha ? "png" : "jpeg";
  return read.format;
}

/**
 * Runs the pipeline and writes what comes out to `options.to`, or returns it as bytes.
 *
 * What is written carries no metadata: no EXIF, so no place where the picture was taken, and no profile, as it is sRGB.
 */
export async function writePicture(
  pipeline: Sharp,
  target: { label: string; source?: PictureSource; format: PictureFormat; options: PictureOutputOptions },
  { signal }: PictureContext,
): Promise<Picture> {
  const { label, source, format, options } = target;
  const to = targetPath(options);
  if (to !== undefined && source !== undefined) await refuseSameFile(source, to);
  signal.throwIfAborted();
  const { data, info } = await decoded(
    label,
    encoder(pipeline, format, options.quality).toBuffer({ resolveWithObject: true }),
  );
  signal.throwIfAborted();
  if (to !== undefined) await writeTo(to, data);
  return {
    source: to === undefined ? { bytes: new Uint8Array(data) } : { path: to },
    width: info.width,
    height: info.height,
    format,
    sizeBytes: data.length,
  };
}

function targetPath({ to, folder }: PictureOutputOptions): string | undefined {
  return to === undefined || folder === undefined || isAbsolute(to) ? to : join(folder, to);
}

function encoder(pipeline: Sharp, format: PictureFormat, quality: number | undefined): Sharp {
  switch (format) {
    case "jpeg":
      // JPEG has no transparency; what shows through is paper. The table is mozjpeg's; its other measures would save
      // another tenth of the bytes for five times the work.
      return pipeline.flatten({ background: "#ffffff" }).jpeg({ quality: quality ?? 82, quantisationTable: 3 });
    case "png":
      return pipeline.png();
    case "webp":
      return pipeline.webp({ quality: quality ?? 80 });
    case "avif":
      return pipeline.avif({ quality: quality ?? 55, effort: 3 });
  }
}

async function writeTo(path: string, data: Buffer): Promise<void> {
  try {
    await writeFileAtomically(path, data);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (
      code === "EACCES" ||
      code === "EPERM" ||
      code === "EROFS" ||
      // A folder that can have nothing in it, such as /proc: missing ones are made.
      code === "ENOENT" ||
      code === "ENOTDIR" ||
      code === "EISDIR" ||
      code === "EEXIST"
    ) {
      throw new PictureError("IMAGE_NOT_WRITABLE", `${path} cannot be written: ${(error as Error).message}`, {
        cause: error,
      });
    }
    // A full disk may have room again by the next attempt.
    throw error;
  }
}

/** A task that writes over its own input would start a repeated attempt from its own result. */
async function refuseSameFile(source: PictureSource, to: string): Promise<void> {
  if (!("path" in source)) return;
  const existing = await realpath(to).catch(() => resolve(to));
  if (existing !== (await realpath(source.path).catch(() => resolve(source.path)))) return;
  throw new PictureError(
    "IMAGE_OPTION_INVALID",
    `${to} is the picture that is read; a repeated attempt would start from its own result`,
  );
}
