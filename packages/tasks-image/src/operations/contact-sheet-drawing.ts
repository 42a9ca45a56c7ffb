import sharp from "sharp";
import type { OverlayOptions } from "sharp";
import type { ContactSheetInput } from "../contracts/contact-sheet.ts";
import type { Picture, PictureSource } from "../contracts/picture.ts";
import { PictureError } from "../picture-error.ts";
import { sheetDrawing, sheetLayout } from "./contact-sheet-layout.ts";
import type { CellPlace } from "./contact-sheet-layout.ts";
import { loadFont } from "./lettering.ts";
import { DECODE_SECONDS_MAX, checkPixels, decoded, openPicture } from "./picture-decoding.ts";
import { outputFormat, writePicture } from "./picture-encoding.ts";
import type { PictureContext } from "./picture-limits.ts";

export async function drawContactSheet(input: ContactSheetInput, context: PictureContext): Promise<Picture> {
  if (input.pictures.length === 0) {
    throw new PictureError("IMAGE_OPTION_INVALID", "a contact sheet needs at least one picture");
  }
  const layout = sheetLayout(input);
  const format = outputFormat(input);
  checkPixels("the contact sheet", layout, context);
  await loadFont();

  const overlays: OverlayOptions[] = [];
  for (const [index, place] of layout.cells.entries()) {
    const entry = input.pictures[index];
    if (entry?.source !== undefined) overlays.push(await overlayOf(entry.source, place, context));
    context.progress(index + 1, input.pictures.length);
  }
  const pipeline = sharp(Buffer.from(sheetDrawing(input, layout)))
    .composite(overlays)
    .timeout({ seconds: 4 * DECODE_SECONDS_MAX });
  return writePicture(pipeline, { label: "the contact sheet", format, options: input }, context);
}

/** One picture, shrunk to its cell and centred in it. */
async function overlayOf(source: PictureSource, place: CellPlace, context: PictureContext): Promise<OverlayOptions> {
  const picture = await openPicture(source, context);
  const { data, info } = await decoded(
    picture.label,
    picture
      .pixels()
      .resize({ width: place.size, height: place.size, fit: "inside", withoutEnlargement: true })
      .raw()
      .toBuffer({ resolveWithObject: true }),
  );
  context.signal.throwIfAborted();
  return {
    input: data,
    raw: { width: info.width, height: info.height, channels: info.channels },
    left: place.left + Math.floor((place.size - info.width) / 2),
    top: place.top + Math.floor((place.size - info.height) / 2),
  };
}
