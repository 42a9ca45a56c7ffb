export { contactSheet } from "./contracts/contact-sheet.ts";
export type { ContactSheetEntry, ContactSheetInput } from "./contracts/contact-sheet.ts";
export { convert } from "./contracts/convert.ts";
export type { ConvertInput } from "./contracts/convert.ts";
export { exif } from "./contracts/exif.ts";
export type { ExifFacts, ExifInput } from "./contracts/exif.ts";
export type {
  Picture,
  PictureFormat,
  PictureOutputOptions,
  PictureSource,
  ReadableFormat,
} from "./contracts/picture.ts";
export { probe } from "./contracts/probe.ts";
export type { PictureFacts, ProbeInput } from "./contracts/probe.ts";
export { resize } from "./contracts/resize.ts";
export type { ResizeInput } from "./contracts/resize.ts";
export { thumbnail } from "./contracts/thumbnail.ts";
export type { ThumbnailInput } from "./contracts/thumbnail.ts";
export { watermark } from "./contracts/watermark.ts";
export type { Gravity, WatermarkInput } from "./contracts/watermark.ts";
export type { PictureErrorCode } from "./picture-error.ts";
