import type { ExifFacts, Picture, PictureFacts, PictureSource } from "@arpeggio/tasks-image";

/** A picture file as it was found. */
export interface ListedPicture {
  /** The file's name. */
  readonly name: string;
  readonly title: string;
  readonly source: PictureSource;
  /** The output folder of the whole run. */
  readonly out: string;
  /** This picture's own folder in it. */
  readonly folder: string;
}

/** A picture with its variants, as it is published. */
export interface PublishedPicture {
  readonly name: string;
  readonly title: string;
  readonly folder: string;
  readonly facts: PictureFacts;
  readonly exif: ExifFacts;
  readonly thumbnail: Picture;
  readonly web: Picture;
  readonly marked: Picture;
  /** The path of the picture's own manifest. */
  readonly manifest: string;
}

/** A picture that could not be worked on, and why. */
export interface BrokenPicture {
  readonly name: string;
  readonly code: string;
  readonly reason: string;
}

/** All that became of a folder of pictures. */
export interface Album {
  readonly out: string;
  readonly published: readonly PublishedPicture[];
  readonly broken: readonly BrokenPicture[];
}

/** What the run gives: what a summary needs, without the manifests' detail. */
export interface GalleryReport {
  /** The path of the gallery's page. */
  readonly page: string;
  /** The path of the manifest of all pictures. */
  readonly manifest: string;
  readonly published: number;
  /** Files made from pictures: three for each. */
  readonly variants: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly broken: readonly BrokenPicture[];
}
