import { contract, jsonSchema } from "@arpeggio/core";
import { outputOptionSchemas, pictureSchema, sourceSchema } from "./picture.ts";
import type { Picture, PictureOutputOptions, PictureSource } from "./picture.ts";

/** One picture of a contact sheet. */
export interface ContactSheetEntry {
  /** Left out for a picture that could not be had: its cell is crossed out. */
  readonly source?: PictureSource;
  /** One line under the picture, cut with an ellipsis where it is too long. */
  readonly caption?: string;
}

export interface ContactSheetInput extends PictureOutputOptions {
  /** 1 to 500, in reading order. */
  readonly pictures: readonly ContactSheetEntry[];
  /** A line above the pictures. */
  readonly title?: string;
  /** @defaultValue about as many as make the sheet a little wider than high */
  readonly columns?: number;
  /**
   * The side of the square that each picture gets, in pixels.
   *
   * @defaultValue 240
   */
  readonly cellSize?: number;
  /** @defaultValue `light` */
  readonly theme?: "light" | "dark";
}

/** Puts many pictures into one, in a grid with captions. */
export const contactSheet = contract("image.contact-sheet", {
  input: jsonSchema<ContactSheetInput>({
    type: "object",
    required: ["pictures"],
    properties: {
      pictures: {
        type: "array",
        minItems: 1,
        maxItems: 500,
        items: {
          type: "object",
          properties: { source: sourceSchema, caption: { type: "string" } },
        },
      },
      title: { type: "string" },
      columns: { type: "integer", minimum: 1, maximum: 50 },
      cellSize: { type: "integer", minimum: 32, maximum: 1024 },
      theme: { enum: ["light", "dark"] },
      ...outputOptionSchemas,
    },
  }),
  output: jsonSchema<Picture>(pictureSchema),
  queue: "cpu",
  timeout: "5m",
});
