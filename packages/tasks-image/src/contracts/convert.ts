import { contract, jsonSchema } from "@arpeggio/core";
import { outputOptionSchemas, pictureSchema, sourceSchema } from "./picture.ts";
import type { Picture, PictureFormat, PictureOutputOptions, PictureSource } from "./picture.ts";

export interface ConvertInput extends PictureOutputOptions {
  readonly source: PictureSource;
  readonly format: PictureFormat;
}

/** Writes a picture in another format, upright and in sRGB, at its own size. */
export const convert = contract("image.convert", {
  input: jsonSchema<ConvertInput>({
    type: "object",
    required: ["source", "format"],
    properties: { source: sourceSchema, ...outputOptionSchemas },
  }),
  output: jsonSchema<Picture>(pictureSchema),
  queue: "cpu",
  timeout: "60s",
});
