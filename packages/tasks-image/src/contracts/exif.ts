import { contract, jsonSchema } from "@arpeggio/core";
import { sourceSchema } from "./picture.ts";
import type { PictureSource } from "./picture.ts";

export interface ExifInput {
  readonly source: PictureSource;
}

/** What a camera wrote into a picture. A field that the picture does not have, or not legibly, is `null`. */
export interface ExifFacts {
  /** Maker and model, e.g. `Fujifilm X100V`. */
  readonly camera: string | null;
  readonly lens: string | null;
  /** `YYYY-MM-DDTHH:mm:ss` by the camera's clock: EXIF has no time zone. */
  readonly takenAt: string | null;
  /** 1 to 8. */
  readonly orientation: number | null;
  /** Whether the picture tells where it was taken. The place itself is not passed on. */
  readonly hasLocation: boolean;
  readonly exposureSeconds: number | null;
  readonly aperture: number | null;
  readonly iso: number | null;
  readonly focalLengthMm: number | null;
}

const maybeText = { type: ["string", "null"] };
const maybeNumber = { type: ["number", "null"] };

/** Reads what the camera wrote. A picture without EXIF, or with a damaged one, is no failure. */
export const exif = contract("image.exif", {
  input: jsonSchema<ExifInput>({ type: "object", required: ["source"], properties: { source: sourceSchema } }),
  output: jsonSchema<ExifFacts>({
    type: "object",
    required: [
      "camera",
      "lens",
      "takenAt",
      "orientation",
      "hasLocation",
      "exposureSeconds",
      "aperture",
      "iso",
      "focalLengthMm",
    ],
    properties: {
      camera: maybeText,
      lens: maybeText,
      takenAt: maybeText,
      orientation: { type: ["integer", "null"] },
      hasLocation: { type: "boolean" },
      exposureSeconds: maybeNumber,
      aperture: maybeNumber,
      iso: maybeNumber,
      focalLengthMm: maybeNumber,
    },
  }),
  queue: "cpu",
  timeout: "60s",
});
