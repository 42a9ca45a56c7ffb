/** What a worker is willing to read. Larger pictures are refused before they are decoded. */
export interface PictureLimits {
  /**
   * The largest file, in bytes, checked before it is read.
   *
   * @defaultValue 50 MiB
   */
  readonly bytesMax: number;
  /**
   * The largest picture, width × height, in pixels, checked before it is decoded: a few kilobytes of PNG can hold
   * gigabytes of pixels. A decoded pixel takes 3 or 4 bytes. Holds for contact sheets too.
   *
   * @defaultValue 100,000,000
   */
  readonly pixelsMax: number;
}

export const DEFAULT_LIMITS: PictureLimits = { bytesMax: 50 * 1024 * 1024, pixelsMax: 100_000_000 };

/** What an operation on a picture gets beside its input. */
export interface PictureContext {
  readonly limits: PictureLimits;
  /** Checked between steps: libvips cannot be stopped inside one. */
  readonly signal: AbortSignal;
  /** Told after each of several parts; operations of one part do not call it. */
  readonly progress: (done: number, of: number) => void;
}
