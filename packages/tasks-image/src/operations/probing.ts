import type { PictureFacts, ProbeInput } from "../contracts/probe.ts";
import { decoded, openPicture } from "./picture-decoding.ts";
import type { PictureContext } from "./picture-limits.ts";

export async function probePicture(input: ProbeInput, context: PictureContext): Promise<PictureFacts> {
  const picture = await openPicture(input.source, context);
  if (input.verify ?? true) {
    // Shrinking while decoding still reads all of the file, and takes a fraction of the memory.
    await decoded(picture.label, picture.pixels().resize(32, 32, { fit: "inside" }).raw().toBuffer());
    context.signal.throwIfAborted();
  }
  const { metadata } = picture;
  return {
    source: input.source,
    format: picture.format,
    width: picture.width,
    height: picture.height,
    pages: metadata.pages ?? 1,
    hasAlpha: metadata.hasAlpha,
    space: metadata.space,
    orientation: metadata.orientation ?? 1,
    sizeBytes: picture.sizeBytes,
  };
}
