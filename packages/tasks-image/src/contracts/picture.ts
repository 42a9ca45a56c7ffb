/**
 * Where the bytes of a picture are: a file that the worker can read (a shared file system), or the bytes themselves.
 *
 * Bytes travel in messages; prefer a path for anything larger than a thumbnail.
 */
export type PictureSource = { readonly path: string } | { readonly bytes: Uint8Array };

/** The formats that can be written. */
export type PictureFormat = "jpeg" | "png" | "webp" | "avif";

/** The formats that can be read. Of an animated GIF or WebP, and of a TIFF of several pages, the first one is read. */
export type ReadableFormat = PictureFormat | "gif" | "tiff";

/** A picture that a task has made. Its `source` can be given to the next task as it is. */
export interface Picture {
  /** The path that was asked for by `to` and `folder`; the bytes where there was no `to`. */
  readonly source: PictureSource;
  /** In pixels. */
  readonly width: number;
  /** In pixels. */
  readonly height: number;
  readonly format: PictureFormat;
  readonly sizeBytes: number;
}

/** What every task that makes a picture takes beside its own input. */
export interface PictureOutputOptions {
  /**
   * The file to write, on a file system that the reader of the result shares. Missing folders are made. The file
   * appears whole or not at all, and a repeated attempt replaces it. Without it the result carries the bytes.
   */
  readonly to?: string;
  /**
   * The folder that a relative `to` is in. So the name of the file can be bound to the step and the folder come with
   * the data: `thumbnail.s({ to: "small.webp" })` after a step that gives `{ source, folder }`.
   *
   * @defaultValue the worker's working directory
   */
  readonly folder?: string;
  /**
   * @defaultValue the one that the ending of `to` names; else that of the picture read; for GIF and TIFF, which are
   * not written, `png` where the picture has transparency and `jpeg` where it has none
   */
  readonly format?: PictureFormat;
  /**
   * From 1 to 100, for JPEG, WebP and AVIF; PNG keeps every pixel and ignores it.
   *
   * @defaultValue 82 for JPEG, 80 for WebP, 55 for AVIF
   */
  readonly quality?: number;
}

/** A part of a JSON Schema (draft 2020-12). */
export type SchemaPart = Readonly<Record<string, unknown>>;

const FORMATS: readonly PictureFormat[] = ["jpeg", "png", "webp", "avif"];

/** JSON Schema of {@link PictureSource}. */
export const sourceSchema: SchemaPart = {
  type: "object",
  oneOf: [
    { required: ["path"], properties: { path: { type: "string", minLength: 1 } } },
    // JSON Schema has no word for binary data; the task itself checks that these are bytes.
    { required: ["bytes"], properties: { bytes: {} } },
  ],
};

/** JSON Schema of each field of {@link PictureOutputOptions}. */
export const outputOptionSchemas: SchemaPart = {
  to: { type: "string", minLength: 1 },
  folder: { type: "string", minLength: 1 },
  format: { enum: FORMATS },
  quality: { type: "integer", minimum: 1, maximum: 100 },
};

/** JSON Schema of {@link Picture}. */
export const pictureSchema: SchemaPart = {
  type: "object",
  required: ["source", "width", "height", "format", "sizeBytes"],
  properties: {
    source: sourceSchema,
    width: { type: "integer", minimum: 1 },
    height: { type: "integer", minimum: 1 },
    format: { enum: FORMATS },
    sizeBytes: { type: "integer", minimum: 1 },
  },
};
