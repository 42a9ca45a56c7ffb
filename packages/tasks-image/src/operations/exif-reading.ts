import readExif from "exif-reader";
import type { Exif } from "exif-reader";
import type { ExifFacts, ExifInput } from "../contracts/exif.ts";
import { openPicture } from "./picture-decoding.ts";
import type { PictureContext } from "./picture-limits.ts";

export async function readCameraFacts(input: ExifInput, context: PictureContext): Promise<ExifFacts> {
  const { metadata } = await openPicture(input.source, context);
  return exifFacts(metadata.exif, metadata.orientation);
}

/** The facts in a block of EXIF data. Whatever is illegible in it is `null`: cameras and editors write odd things. */
export function exifFacts(block: Buffer | undefined, orientation: number | undefined): ExifFacts {
  const tags = block === undefined ? undefined : tagsOf(block);
  const image = tags?.Image;
  const photo = tags?.Photo;
  const [iso] = [photo?.ISOSpeedRatings].flat();
  return {
    camera: cameraName(textOf(image?.Make), textOf(image?.Model)),
    lens: textOf(photo?.LensModel),
    takenAt: timeOf(photo?.DateTimeOriginal) ?? timeOf(photo?.DateTimeDigitized) ?? timeOf(image?.DateTime),
    orientation: orientation ?? null,
    hasLocation: typeof tags?.GPSInfo === "object" && "GPSLatitude" in (tags.GPSInfo ?? {}),
    exposureSeconds: numberOf(photo?.ExposureTime),
    aperture: numberOf(photo?.FNumber),
    iso: numberOf(iso),
    focalLengthMm: numberOf(photo?.FocalLength),
  };
}

function tagsOf(block: Buffer): Exif | undefined {
  try {
    return readExif(block);
  } catch {
    return undefined;
  }
}

/** Many makers repeat their name in the model. */
function cameraName(maker: string | null, model: string | null): string | null {
  if (maker === null || model === null) return model ?? maker;
  const brand = maker.split(" ")[0] ?? maker;
  return model.toLowerCase().startsWith(brand.toLowerCase()) ? model : `${maker} ${model}`;
}

function textOf(value: unknown): string | null {
  // Text with other than ASCII letters comes as bytes; what is in them is UTF-8 more often than anything else.
  const text = Buffer.isBuffer(value) ? value.toString("utf8") : value;
  if (typeof text !== "string") return null;
  return text.replaceAll("\0", "").trim() || null;
}

function numberOf(value: unknown): number | null {
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}

function timeOf(value: unknown): string | null {
  // The reader takes the camera's clock for UTC; the zone is dropped again because nothing is known about it.
  return value instanceof Date && Number.isFinite(value.getTime()) ? value.toISOString().slice(0, 19) : null;
}
