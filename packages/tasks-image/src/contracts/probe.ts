import { contract, jsonSchema } from "@arpeggio/core";
import { sourceSchema } from "./picture.ts";
import type { PictureSource, ReadableFormat } from "./picture.ts";

export interface ProbeInput {
  readonly source: PictureSource;
  /**
   * Decodes all pixels, so that a damaged picture fails here and not in a later task. `false` reads the header only.
   *
   * @defaultValue `true`
   */
  readonly verify?: boolean;
}

/** What a picture is. */
export interface PictureFacts {
  /** The source that was given, for the tasks that follow. */
  readonly source: PictureSource;
  readonly format: ReadableFormat;
  /** In pixels, with the EXIF orientation applied. */
  readonly width: number;
  /** In pixels, with the EXIF orientation applied. */
  readonly height: number;
  /** Frames of an animation, pages of a TIFF; 1 for most pictures. */
  readonly pages: number;
  readonly hasAlpha: boolean;
  /** The colour space of the file in libvips' words: `srgb`, `cmyk`, `b-w`, `lab`, … */
  readonly space: string;
  /** The EXIF orientation of the file, 1 to 8; 1 is upright and what a file without one has. */
  readonly orientation: number;
  readonly sizeBytes: number;
}

/** Tells what a picture is, and fails for good where it is damaged. */
export const probe = contract("image.probe", {
  input: jsonSchema<ProbeInput>({
    type: "object",
    required: ["source"],
    properties: { source: sourceSchema, verify: { type: "boolean" } },
  }),
  output: jsonSchema<PictureFacts>({
    type: "object",
    required: ["source", "format", "width", "height", "pages", "hasAlpha", "space", "orientation", "sizeBytes"],
    properties: {
      source: sourceSchema,
      format: { enum: ["jpeg", "png", "webp", "avif", "gif", "tiff"] },
      width: { type: "integer", minimum: 1 },
      height: { type: "integer", minimum: 1 },
      pages: { type: "integer", minimum: 1 },
      hasAlpha: { type: "boolean" },
      space: { type: "string" },
      orientation: { type: "integer", minimum: 1, maximum: 8 },
      sizeBytes: { type: "integer", minimum: 1 },
    },
  }),
  queue: "cpu",
  timeout: "60s",
});
