import { contract, jsonSchema } from "@arpeggio/core";
import { outputOptionSchemas, pictureSchema, sourceSchema } from "./picture.ts";
import type { Picture, PictureOutputOptions, PictureSource } from "./picture.ts";

/** A place in a picture, by the points of the compass; north is up. */
export type Gravity =
  | "northwest"
  | "north"
  | "northeast"
  | "west"
  | "centre"
  | "east"
  | "southwest"
  | "south"
  | "southeast";

export interface WatermarkInput extends PictureOutputOptions {
  readonly source: PictureSource;
  /** One line, up to 200 characters. Drawn as it is; markup in it has no meaning. */
  readonly text: string;
  /** @defaultValue `southeast` */
  readonly gravity?: Gravity;
  /**
   * From 0, not to be seen, to 1.
   *
   * @defaultValue 0.7
   */
  readonly opacity?: number;
  /**
   * The height of the letters as a part of the picture's shorter side, made less where the text would not fit.
   *
   * @defaultValue 0.05
   */
  readonly scale?: number;
}

/** Writes a line of text onto a picture. */
export const watermark = contract("image.watermark", {
  input: jsonSchema<WatermarkInput>({
    type: "object",
    required: ["source", "text"],
    properties: {
      source: sourceSchema,
      text: { type: "string", minLength: 1, maxLength: 200 },
      gravity: {
        enum: ["northwest", "north", "northeast", "west", "centre", "east", "southwest", "south", "southeast"],
      },
      opacity: { type: "number", minimum: 0, maximum: 1 },
      scale: { type: "number", exclusiveMinimum: 0, maximum: 1 },
      ...outputOptionSchemas,
    },
  }),
  output: jsonSchema<Picture>(pictureSchema),
  queue: "cpu",
  timeout: "60s",
});
