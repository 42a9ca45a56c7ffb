import { PermanentTaskError } from "@arpeggio/core";

/** Why a picture cannot be worked on. Stable; `docs/reference/errors.md` has an entry for each. */
export type PictureErrorCode =
  | "IMAGE_NOT_FOUND"
  | "IMAGE_UNREADABLE"
  | "IMAGE_TOO_LARGE"
  | "IMAGE_FORMAT_UNSUPPORTED"
  | "IMAGE_OPTION_INVALID"
  | "IMAGE_NOT_WRITABLE";

const HINTS: Readonly<Record<PictureErrorCode, string>> = {
  IMAGE_NOT_FOUND: "Check the path, and that the worker sees the same file system as whoever gave it.",
  IMAGE_UNREADABLE: "The file is damaged, incomplete or not to be read: get it again from where it came from.",
  IMAGE_TOO_LARGE: "Make the picture smaller, or raise `limits` where the worker's image tasks are made.",
  IMAGE_FORMAT_UNSUPPORTED: "Give a JPEG, PNG, WebP, AVIF, GIF or TIFF picture.",
  IMAGE_OPTION_INVALID: "Correct the task's input; the message names the field.",
  IMAGE_NOT_WRITABLE: "Give a folder that the worker may write to.",
};

/**
 * Thrown by the image tasks for what no repetition cures: the attempt fails for good, whatever its retry policy says.
 *
 * Passing troubles (a full disk, too many open files) are thrown as they come, and may be retried.
 */
export class PictureError extends PermanentTaskError {
  override readonly name = "PictureError";
  override readonly code: PictureErrorCode;
  override readonly hint: string;

  constructor(code: PictureErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.hint = HINTS[code];
  }
}
