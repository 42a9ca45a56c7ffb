import { constants, open } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import type { PictureSource } from "../contracts/picture.ts";
import { PictureError } from "../picture-error.ts";
import type { PictureLimits } from "./picture-limits.ts";

/** The bytes of a picture, and what to call it in messages. */
export interface PictureFile {
  readonly bytes: Buffer;
  /** The path, or "the picture given as bytes". */
  readonly label: string;
}

/** @throws {@link PictureError} `IMAGE_NOT_FOUND`, `IMAGE_UNREADABLE`, `IMAGE_TOO_LARGE`, `IMAGE_OPTION_INVALID`. */
export async function readPicture(source: PictureSource, limits: PictureLimits): Promise<PictureFile> {
  const file = "path" in source ? await readFromPath(source.path, limits) : fromBytes(source.bytes, limits);
  if (file.bytes.length === 0) throw new PictureError("IMAGE_UNREADABLE", `${file.label} is empty (0 bytes)`);
  return file;
}

function fromBytes(bytes: unknown, limits: PictureLimits): PictureFile {
  const label = "the picture given as bytes";
  if (!(bytes instanceof Uint8Array)) {
    throw new PictureError("IMAGE_OPTION_INVALID", `source.bytes must be a Uint8Array, not ${typeof bytes}`);
  }
  checkSize(label, bytes.length, limits);
  return { bytes: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), label };
}

async function readFromPath(path: string, limits: PictureLimits): Promise<PictureFile> {
  const file = await openFile(path);
  try {
    const { size } = await file.stat().then((stat) => {
      if (!stat.isFile()) throw new PictureError("IMAGE_UNREADABLE", `${path} is not a file`);
      return stat;
    });
    checkSize(path, size, limits);
    const bytes = await file.readFile();
    // The file may have grown since it was measured.
    checkSize(path, bytes.length, limits);
    return { bytes, label: path };
  } finally {
    await file.close();
  }
}

async function openFile(path: string): Promise<FileHandle> {
  try {
    // Without waiting: a named pipe that nobody writes to would take the thread for ever. Files do not care.
    return await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  } catch (error) {
    switch ((error as NodeJS.ErrnoException).code) {
      case "ENOENT":
      case "ENOTDIR":
        throw new PictureError("IMAGE_NOT_FOUND", `there is no file ${path}`, { cause: error });
      case "EACCES":
      case "EPERM":
        throw new PictureError("IMAGE_UNREADABLE", `this worker may not read ${path}`, { cause: error });
      default:
        // A full file table or a lost network share: a further attempt may well succeed.
        throw error;
    }
  }
}

function checkSize(label: string, bytes: number, limits: PictureLimits): void {
  if (bytes <= limits.bytesMax) return;
  throw new PictureError("IMAGE_TOO_LARGE", `${label} has ${bytes} bytes; at most ${limits.bytesMax} are read`);
}
