import { contract, jsonSchema } from "@arpeggio/core";
import { outputOptionSchemas, pictureSchema, sourceSchema } from "./picture.ts";
import type { Picture, PictureOutputOptions, PictureSource } from "./picture.ts";

export interface ThumbnailInput extends PictureOutputOptions {
  readonly source: PictureSource;
  /**
   * The longer side, in pixels. A smaller picture is not enlarged.
   *
   * @defaultValue 256
   */
  readonly size?: number;
  /**
   * `square` cuts the picture to a square, `bounded` keeps all of it.
   *
   * @defaultValue `square`
   */
  readonly shape?: "square" | "bounded";
  /**
   * Which part a square keeps: its `centre`, or the part that draws `attention` (strong edges, colours, skin), which
   * takes longer to find.
   *
   * @defaultValue `centre`
   */
  readonly focus?: "centre" | "attention";
}

/** Makes a small picture of a picture. */
export const thumbnail = contract("image.thumbnail", {
  input: jsonSchema<ThumbnailInput>({
    type: "object",
    required: ["source"],
    properties: {
      source: sourceSchema,
      size: { type: "integer", minimum: 1, maximum: 4096 },
      shape: { enum: ["square", "bounded"] },
      focus: { enum: ["centre", "attention"] },
      ...outputOptionSchemas,
    },
  }),
  output: jsonSchema<Picture>(pictureSchema),
  queue: "cpu",
  timeout: "60s",
});
