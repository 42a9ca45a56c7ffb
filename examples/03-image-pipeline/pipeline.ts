import { flow, mapSettled, t, workflow } from "arpeggio";
import type { Ref } from "arpeggio";
import { contactSheet, exif, probe, resize, thumbnail, watermark } from "@arpeggio/tasks-image";
import type { ListedPicture } from "./album.ts";
import { collectAlbum, listPictures, pictureFolder, publishPicture, writeGallery } from "./tasks.ts";

/** One picture: first whether it is sound, then its variants, side by side, then its manifest. */
const onePicture = flow((listed: Ref<ListedPicture>, step) => {
  const facts = step(probe, { source: listed.source });
  const folder = step(pictureFolder, listed.folder);
  const picture = { source: listed.source, folder };
  const sound = { after: [facts] };
  return step(publishPicture, {
    listed,
    facts,
    exif: step(exif, { source: listed.source }, sound),
    thumbnail: step(thumbnail, { ...picture, to: "thumbnail.webp", size: 480, focus: "attention" }, sound),
    web: step(resize, { ...picture, to: "web.webp", width: 1600, height: 1600 }, sound),
    marked: step(watermark, { ...picture, to: "marked.jpg", text: "© Arpeggio" }, sound),
  });
});

/** A folder of pictures becomes a gallery. A broken picture is reported and stops none of the others. */
export const gallery = workflow(
  "gallery",
  flow((asked: Ref<{ folder: string; out: string }>, step) => {
    const listing = step(listPictures, asked);
    const outcomes = step(mapSettled(onePicture), listing);
    const album = step(collectAlbum, { listing, outcomes });
    return {
      sheet: step(contactSheet.s({ to: "contact-sheet.jpg", title: "Contact sheet" }), album),
      report: step(writeGallery, album),
    };
  }),
  {
    input: t.object({ folder: t.string({ minLength: 1 }), out: t.string({ minLength: 1 }) }),
    retry: { attempts: 3, delay: "200ms" },
  },
);
