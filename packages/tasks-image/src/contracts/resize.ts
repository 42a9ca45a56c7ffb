import { contract, jsonSchema } from "@arpeggio/core";
import { outputOptionSchemas, pictureSchema, sourceSchema } from "./picture.ts";
import type { Picture, PictureOutputOptions, PictureSource } from "./picture.ts";

export interface ResizeInput extends PictureOutputOptions {
  readonly source: PictureSource;
  /** In pixels. At least one of `width` and `height`; with one, the other follows from the picture's shape. */
  readonly width?: number;
  /** In pixels. */
  readonly height?: number;
  /**
   * What happens to the shape when both sides are given: `inside` keeps the whole picture within them, `cover` fills
   * them and cuts off what stands over, `contain` fills them with a border, `fill` stretches.
   *
   * @defaultValue `inside`
   */
  readonly fit?: "inside" | "cover" | "contain" | "fill";
  /**
   * Lets a small picture grow. Otherwise it keeps its size.
   *
   * @defaultValue `false`
   */
  readonly enlarge?: boolean;
}

const sidePx = { type: "integer", minimum: 1, maximum: 16_383 };

/** Makes a picture of another size. */
export const resize = contract("image.resize", {
  input: jsonSchema<ResizeInput>({
    type: "object",
    required: ["source"],
    anyOf: [{ required: ["width"] }, { required: ["height"] }],
    properties: {
      source: sourceSchema,
      width: sidePx,
      height: sidePx,
      fit: { enum: ["inside", "cover", "contain", "fill"] },
      enlarge: { type: "boolean" },
      ...outputOptionSchemas,
    },
  }),
  output: jsonSchema<Picture>(pictureSchema),
  queue: "cpu",
  timeout: "60s",
});
