import type { Picture } from "../contracts/picture.ts";
import type { ConvertInput } from "../contracts/convert.ts";
import type { ResizeInput } from "../contracts/resize.ts";
import type { ThumbnailInput } from "../contracts/thumbnail.ts";
import { PictureError } from "../picture-error.ts";
import { checkPixels, openPicture } from "./picture-decoding.ts";
import type { OpenPicture } from "./picture-decoding.ts";
import { outputFormat, writePicture } from "./picture-encoding.ts";
import type { PictureContext } from "./picture-limits.ts";

const THUMBNAIL_SIZE = 256;

export async function resizePicture(input: ResizeInput, context: PictureContext): Promise<Picture> {
  const { source, width, height, fit = "inside", enlarge = false } = input;
  if (width === undefined && height === undefined) {
    throw new PictureError("IMAGE_OPTION_INVALID", "a resize needs a width, a height or both");
  }
  const picture = await openPicture(source, context);
  const format = outputFormat(input, picture);
  if (enlarge) checkPixels("the resized picture", askedSize(input, picture), context);
  const pipeline = picture.pixels().resize({
    ...(width === undefined ? {} : { width }),
    ...(height === undefined ? {} : { height }),
    fit,
    withoutEnlargement: !enlarge,
    background: format === "jpeg" ? "#ffffff" : { r: 255, g: 255, b: 255, alpha: 0 },
  });
  return writePicture(pipeline, { label: picture.label, source, format, options: input }, context);
}

/** How large the result can become, in pixels: a side that is not given follows from the picture's shape. */
function askedSize(input: ResizeInput, picture: OpenPicture): { width: number; height: number } {
  const width = input.width ?? ((input.height ?? 1) * picture.width) / picture.height;
  const height = input.height ?? ((input.width ?? 1) * picture.height) / picture.width;
  return { width: Math.round(width), height: Math.round(height) };
}

export async function makeThumbnail(input: ThumbnailInput, context: PictureContext): Promise<Picture> {
  const { source, size = THUMBNAIL_SIZE, shape = "square", focus = "centre" } = input;
  const picture = await openPicture(source, context);
  const format = outputFormat(input, picture);
  // A square of a picture that is smaller on one side is a smaller square, not a rectangle.
  const side = shape === "square" ? Math.min(size, picture.width, picture.height) : size;
  const pipeline = picture.pixels().resize({
    width: side,
    height: side,
    fit: shape === "square" ? "cover" : "inside",
    position: focus,
    withoutEnlargement: true,
  });
  return writePicture(pipeline, { label: picture.label, source, format, options: input }, context);
}

export async function convertPicture(input: ConvertInput, context: PictureContext): Promise<Picture> {
  const { source } = input;
  const picture = await openPicture(source, context);
  const format = outputFormat(input, picture);
  return writePicture(picture.pixels(), { label: picture.label, source, format, options: input }, context);
}
