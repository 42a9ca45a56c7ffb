import type { RunUpdate } from "arpeggio";
import type { ProgressSink } from "./progress.ts";

const DOING: Readonly<Record<string, string>> = {
  "pictures.list": "listing",
  "picture.folder": "looking at pictures",
  "image.probe": "looking at pictures",
  "image.thumbnail": "making thumbnails",
  "image.resize": "making web pictures",
  "image.watermark": "watermarking",
  "picture.publish": "publishing",
  "image.contact-sheet": "drawing the contact sheet",
  "gallery.write": "writing the gallery",
};

/**
 * Tells how far a run of the gallery is. `names` are the files in the order of the listing, so that a picture that fails
 * can be named while the others go on.
 */
export async function followProgress(
  updates: AsyncIterable<RunUpdate>,
  names: readonly string[],
  sink: ProgressSink,
): Promise<void> {
  const done = new Set<number>();
  let doing = "starting";
  sink.update(0, names.length, doing);
  for await (const update of updates) {
    // What is cancelled or skipped is not being done.
    if (update.type !== "node" || update.state === "cancelled" || update.state === "skipped") continue;
    const picture = itemOf(update.node);
    doing = DOING[update.task ?? ""] ?? doing;
    if (picture !== undefined && update.state === "failed") {
      done.add(picture);
      sink.note(`✗ ${names[picture] ?? update.node} is left out`);
    }
    if (picture !== undefined && update.state === "succeeded" && update.task === "picture.publish") done.add(picture);
    sink.update(done.size, names.length, doing);
  }
  sink.end();
}

/** Which item of the map a node belongs to: `map[3]/image.probe` is of the fourth. */
function itemOf(node: string): number | undefined {
  const index = /\[(\d+)\]/.exec(node)?.[1];
  return index === undefined ? undefined : Number(index);
}
