import { rename, writeFile } from "node:fs/promises";
import { dirname, join, relative, sep } from "node:path";
import { PermanentTaskError, task } from "arpeggio";
import type { ItemOutcome } from "arpeggio";
import type { ExifFacts, Picture, PictureFacts } from "@arpeggio/tasks-image";
import { makeFolder } from "@arpeggio/tasks-image/worker";
import type { Album, BrokenPicture, GalleryReport, ListedPicture, PublishedPicture } from "./album.ts";
import { galleryPage } from "./gallery-page.ts";
import { folderNames, pictureFiles, titleOf } from "./picture-folder.ts";

/** Lists the picture files of a folder, not of folders in it, broken ones included: nobody has looked inside yet. */
export const listPictures = task("pictures.list", async (input: { folder: string; out: string }) => {
  const files = await pictureFiles(input.folder);
  if (files.length === 0) throw new PermanentTaskError(`${input.folder} has no pictures`);
  const folders = folderNames(files);
  return files.map((name, at): ListedPicture => ({
    name,
    title: titleOf(name),
    source: { path: join(input.folder, name) },
    out: input.out,
    folder: join(input.out, "pictures", folders[at] ?? name),
  }));
});

/** Makes the folder of one picture, and hands it on: what is written there comes after. */
export const pictureFolder = task("picture.folder", async (folder: string) => {
  await makeFolder(folder);
  return folder;
});

/** Writes the manifest of one picture: what it is, and where its variants are. */
export const publishPicture = task(
  "picture.publish",
  async (made: {
    listed: ListedPicture;
    facts: PictureFacts;
    exif: ExifFacts;
    thumbnail: Picture;
    web: Picture;
    marked: Picture;
  }): Promise<PublishedPicture> => {
    const { listed, ...parts } = made;
    const { name, title, folder } = listed;
    const manifest = join(folder, "picture.json");
    const published = { name, title, folder, ...parts, manifest };
    await writeWhole(manifest, `${JSON.stringify(published, null, 2)}\n`);
    return published;
  },
);

/** More would make a contact sheet that nobody can look at. */
const SHEET_PICTURES_MAX = 300;

/** Puts names to what became of the pictures: outcomes come in the order of the listing. */
export const collectAlbum = task(
  "album.collect",
  (found: { listing: readonly ListedPicture[]; outcomes: readonly ItemOutcome<PublishedPicture>[] }) => {
    const { listing, outcomes } = found;
    const published: PublishedPicture[] = [];
    const broken: BrokenPicture[] = [];
    for (const [at, listed] of listing.entries()) {
      const outcome = outcomes[at];
      if (outcome?.ok) published.push(outcome.value);
      else if (outcome) broken.push(brokenPicture(listed, outcome.error));
    }
    return {
      out: listing[0]?.out ?? ".",
      folder: listing[0]?.out ?? ".",
      published,
      broken,
      // For the contact sheet: the pictures in their order, broken ones without a source.
      pictures: listing.slice(0, SHEET_PICTURES_MAX).map((listed, at) => {
        const outcome = outcomes[at];
        return { caption: listed.name, ...(outcome?.ok ? { source: outcome.value.thumbnail.source } : {}) };
      }),
    };
  },
);

function brokenPicture(
  listed: ListedPicture,
  error: Extract<ItemOutcome<unknown>, { ok: false }>["error"],
): BrokenPicture {
  // A failure says how the attempt ended; its cause is the error itself, with the code that says what is wrong.
  const message = error.cause?.message ?? error.message;
  const path = "path" in listed.source ? listed.source.path : listed.name;
  return {
    name: listed.name,
    code: error.cause?.code ?? error.code,
    // The name stands beside the reason wherever it is shown.
    reason: (message.startsWith(`${path} `) ? message.slice(path.length + 1) : message).replaceAll(path, listed.name),
  };
}

/** Writes the page of the gallery and one manifest of all pictures. */
export const writeGallery = task("gallery.write", async (album: Album): Promise<GalleryReport> => {
  const page = join(album.out, "index.html");
  const manifest = join(album.out, "manifest.json");
  const link = (path: string) => relative(album.out, path).split(sep).map(encodeURIComponent).join("/");
  await writeWhole(page, galleryPage(album, link));
  await writeWhole(manifest, `${JSON.stringify({ pictures: album.published, broken: album.broken }, null, 2)}\n`);
  const made = album.published.flatMap((picture) => [picture.thumbnail, picture.web, picture.marked]);
  return {
    page,
    manifest,
    published: album.published.length,
    variants: made.length,
    bytesIn: album.published.reduce((sum, picture) => sum + picture.facts.sizeBytes, 0),
    bytesOut: made.reduce((sum, picture) => sum + picture.sizeBytes, 0),
    broken: album.broken,
  };
});

/** Written beside and renamed: an attempt that is killed on the way leaves no half file under the name. */
async function writeWhole(path: string, text: string): Promise<void> {
  await makeFolder(dirname(path));
  await writeFile(`${path}.part`, text);
  await rename(`${path}.part`, path);
}

/** What a worker of this example knows beside the tasks of `@arpeggio/tasks-image`. */
export const galleryTasks = [listPictures, pictureFolder, publishPicture, collectAlbum, writeGallery] as const;
