import { implement } from "@arpeggio/core";
import type { TaskContext } from "@arpeggio/core";
import sharp from "sharp";
import { contactSheet } from "./contracts/contact-sheet.ts";
import { convert } from "./contracts/convert.ts";
import { exif } from "./contracts/exif.ts";
import { probe } from "./contracts/probe.ts";
import { resize } from "./contracts/resize.ts";
import { thumbnail } from "./contracts/thumbnail.ts";
import { watermark } from "./contracts/watermark.ts";
import { drawContactSheet } from "./operations/contact-sheet-drawing.ts";
import { readCameraFacts } from "./operations/exif-reading.ts";
import { DEFAULT_LIMITS } from "./operations/picture-limits.ts";
import type { PictureContext, PictureLimits } from "./operations/picture-limits.ts";
import { probePicture } from "./operations/probing.ts";
import { convertPicture, makeThumbnail, resizePicture } from "./operations/resizing.ts";
import { watermarkPicture } from "./operations/watermarking.ts";

export interface ImageTaskOptions {
  /** What the tasks refuse to read; a limit that is not given has its default. */
  readonly limits?: Partial<PictureLimits>;
  /**
   * How many threads libvips uses for one picture, in this process.
   *
   * A worker runs several attempts at once, so one each gives the most pictures a second; more make a single large
   * picture faster. How many pictures are decoded at once is up to Node's thread pool (`UV_THREADPOOL_SIZE`, 4).
   *
   * @defaultValue 1
   */
  readonly threadsPerPicture?: number;
}

/**
 * The code of the contracts of `@arpeggio/tasks-image`, for a worker: one task for each, seven in all.
 *
 * ```ts
 * const app = await createApp({ tasks: [...imageTasks({ limits: { pixelsMax: 50_000_000 } }), publish] });
 * ```
 */
export function imageTasks(options: ImageTaskOptions = {}) {
  const limits: PictureLimits = { ...DEFAULT_LIMITS, ...options.limits };
  sharp.concurrency(options.threadsPerPicture ?? 1);
  // The cache keeps decoded pixels for a picture that is opened twice by its path; here each attempt reads bytes of
  // its own, so it would only hold memory.
  sharp.cache(false);

  const contextOf = (ctx: TaskContext): PictureContext => ({
    limits,
    signal: ctx.signal,
    progress: (done, of) => ctx.progress(done, of),
  });
  return [
    implement(probe, (input, ctx) => probePicture(input, contextOf(ctx))),
    implement(resize, (input, ctx) => resizePicture(input, contextOf(ctx))),
    implement(thumbnail, (input, ctx) => makeThumbnail(input, contextOf(ctx))),
    implement(watermark, (input, ctx) => watermarkPicture(input, contextOf(ctx))),
    implement(convert, (input, ctx) => convertPicture(input, contextOf(ctx))),
    implement(exif, (input, ctx) => readCameraFacts(input, contextOf(ctx))),
    implement(contactSheet, (input, ctx) => drawContactSheet(input, contextOf(ctx))),
  ] as const;
}
