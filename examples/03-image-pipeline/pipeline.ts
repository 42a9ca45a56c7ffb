import { chain, chord, group, jsonSchema, mapSettled, workflow } from "arpeggio";
import { contactSheet, exif, probe, resize, thumbnail, watermark } from "@arpeggio/tasks-image";
import {
  collectAlbum,
  describePicture,
  keepListing,
  listPictures,
  placePicture,
  publishPicture,
  writeGallery,
} from "./tasks.ts";

/** All that is made of one sound picture, side by side. Each takes `source` and `folder` from what comes before. */
const variants = group({
  about: describePicture,
  exif,
  thumbnail: thumbnail.s({ to: "thumbnail.webp", size: 480, focus: "attention" }),
  web: resize.s({ to: "web.webp", width: 1600, height: 1600 }),
  marked: watermark.s({ to: "marked.jpg", text: "© Arpeggio" }),
});

/** One picture: first whether it is sound, then its variants, then its manifest. */
const onePicture = chain(
  group({ listed: placePicture, facts: probe }).select(({ listed, facts }) => ({
    source: listed.source,
    folder: listed.folder,
    listed,
    facts,
  })),
  variants,
  publishPicture,
);

/** A folder of pictures becomes a gallery. A broken picture is reported and stops none of the others. */
export const gallery = workflow(
  "gallery",
  chain(
    listPictures,
    chord(group({ listing: keepListing, outcomes: mapSettled(onePicture) }), collectAlbum),
    group({
      sheet: contactSheet.s({ to: "contact-sheet.jpg", title: "Contact sheet" }),
      report: writeGallery,
    }),
  ),
  {
    input: jsonSchema<{ folder: string; out: string }>({
      type: "object",
      required: ["folder", "out"],
      properties: { folder: { type: "string", minLength: 1 }, out: { type: "string", minLength: 1 } },
    }),
    retry: { attempts: 3, delay: "200ms" },
  },
);
