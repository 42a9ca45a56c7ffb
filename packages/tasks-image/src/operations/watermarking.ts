import type { Picture } from "../contracts/picture.ts";
import type { Gravity, WatermarkInput } from "../contracts/watermark.ts";
import { FONT_FAMILY, escapeXml, fitText, loadFont, textWidthEm } from "./lettering.ts";
import { openPicture } from "./picture-decoding.ts";
import { outputFormat, writePicture } from "./picture-encoding.ts";
import type { PictureContext } from "./picture-limits.ts";

const FONT_PX_MIN = 9;

export async function watermarkPicture(input: WatermarkInput, context: PictureContext): Promise<Picture> {
  const { source, text, gravity = "southeast", opacity = 0.7, scale = 0.05 } = input;
  const picture = await openPicture(source, context);
  const format = outputFormat(input, picture);
  await loadFont();
  const label = labelDrawing(text, { gravity, opacity, scale }, picture);
  const pipeline = picture.pixels().composite([{ input: Buffer.from(label), gravity }]);
  return writePicture(pipeline, { label: picture.label, source, format, options: input }, context);
}

/**
 * The text as an SVG no larger than the picture and not much larger than the text, margins included, to be laid over
 * the picture at its place. An overlay of the picture's own size would take four bytes for each of its pixels.
 */
export function labelDrawing(
  text: string,
  style: { gravity: Gravity; opacity: number; scale: number },
  picture: { width: number; height: number },
): string {
  const line = text.replaceAll(/\s+/g, " ").trim();
  const marginEm = 0.7;
  const wishedPx = Math.min(picture.width, picture.height) * style.scale;
  const fittingPx = Math.min(picture.width / (textWidthEm(line) + 2 * marginEm), picture.height / 1.6);
  const fontPx = Math.max(Math.min(wishedPx, fittingPx), Math.min(FONT_PX_MIN, picture.height / 1.6));
  const shown = fitText(line, picture.width / fontPx - 2 * marginEm);

  const width = Math.min(picture.width, Math.ceil((textWidthEm(shown) + 2 * marginEm) * fontPx));
  const height = Math.min(picture.height, Math.ceil(fontPx * 2.2));
  const [x, anchor] = horizontal(style.gravity, width, marginEm * fontPx);
  const baseline = vertical(style.gravity, height, fontPx);
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">
<text x="${x}" y="${baseline}" text-anchor="${anchor}" font-family="${FONT_FAMILY}" font-weight="700" font-size="${fontPx}"
 fill="#ffffff" stroke="#000000" stroke-opacity="0.45" stroke-width="${fontPx * 0.14}" stroke-linejoin="round"
 paint-order="stroke" opacity="${style.opacity}">${escapeXml(shown)}</text></svg>`;
}

function horizontal(gravity: Gravity, width: number, margin: number): [x: number, anchor: string] {
  if (gravity.endsWith("west")) return [margin, "start"];
  if (gravity.endsWith("east")) return [width - margin, "end"];
  return [width / 2, "middle"];
}

/** Where the letters stand: the height of a capital is about 0.72 of the font size. */
function vertical(gravity: Gravity, height: number, fontPx: number): number {
  if (gravity.startsWith("north")) return Math.min(height, fontPx * 1.3);
  if (gravity.startsWith("south")) return height - fontPx * 0.65;
  return height / 2 + fontPx * 0.36;
}
