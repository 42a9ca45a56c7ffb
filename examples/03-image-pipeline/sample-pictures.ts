import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import type { Sharp } from "sharp";
import { pulseFrame, scenes } from "./sample-scenes.ts";
import type { Scene } from "./sample-scenes.ts";

/**
 * Draws a dozen pictures into a folder, in the formats, sizes and orientations that a real folder has, and two broken
 * files beside them. The same bytes every time; files that are there already are written again.
 *
 * @returns how many files, broken ones included.
 */
export async function makeSamplePictures(folder: string): Promise<number> {
  await mkdir(folder, { recursive: true });
  const files = Object.entries(SAMPLES);
  await Promise.all(files.map(async ([name, make]) => writeFile(join(folder, name), await make())));
  return files.length;
}

const SAMPLES: Readonly<Record<string, () => Promise<Buffer | string>>> = {
  "aurora-over-pines.webp": () => drawn(scenes.aurora(), 2000).webp({ quality: 86 }).toBuffer(),
  "balloons.jpg": () => photograph(drawn(scenes.balloons(), 1500), { model: "Sample 2", taken: "2024:07:02 06:41:10" }),
  "city-at-night.avif": () => drawn(scenes.city(), 1280).avif({ quality: 60, effort: 0 }).toBuffer(),
  "dunes.jpg": () =>
    photograph(drawn(scenes.dunes(), 2800), { model: "Sample 2", taken: "2023:11:18 16:22:47", place: "31/1 8/1 0/1" }),
  "half-uploaded.jpg": async () => {
    const whole = await drawn(scenes.harbour(), 1600).jpeg().toBuffer();
    return whole.subarray(0, Math.floor(whole.length * 0.55));
  },
  "harbour-at-dusk.jpg": () =>
    photograph(drawn(scenes.harbour(), 2400), {
      model: "Sample 1",
      taken: "2024:05:17 20:58:31",
      place: "53/1 32/1 0/1",
    }),
  "leaf.png": () => drawn(scenes.leaf(), 1400).png().toBuffer(),
  // Stored lying on its side, as a camera does that was held upright; the EXIF orientation says how to turn it.
  "lighthouse.jpg": () =>
    photograph(drawn(scenes.lighthouse(), 1400).rotate(270), { model: "Sample 1", taken: "2024:09:08 19:30:02" }, 6),
  "mountain-morning.jpg": () =>
    photograph(drawn(scenes.mountains(), 3000), { model: "Sample 1", taken: "2024:03:30 07:12:55" }),
  "notes.png": async () => "This is no picture, whatever its name says.\n",
  "paper-boat.png": () => drawn(scenes.paperBoat(), 1200).png().toBuffer(),
  "poppies.jpg": () => photograph(drawn(scenes.poppies(), 2200), { model: "Sample 2", taken: "2024:06:09 11:05:20" }),
  // Four inks, as a print shop wants it.
  "print-poster.jpg": () => drawn(scenes.poster(), 1400).toColourspace("cmyk").jpeg({ quality: 90 }).toBuffer(),
  "pulse.gif": async () => {
    const frames = await Promise.all(
      Array.from({ length: 12 }, (_, at) =>
        drawn(pulseFrame(at / 12), 240)
          .png()
          .toBuffer(),
      ),
    );
    return sharp(frames, { join: { animated: true } })
      .gif({ delay: 80 })
      .toBuffer();
  },
  "stamp.png": () => drawn(scenes.stamp(), 120).png().toBuffer(),
};

/** The scene with `longest` pixels on its longer side. */
function drawn(scene: Scene, longest: number): Sharp {
  const scale = longest / Math.max(scene.width, scene.height);
  return sharp(Buffer.from(scene.svg), { density: 72 * scale });
}

/** A JPEG with what a camera would write into it. */
function photograph(
  picture: Sharp,
  camera: { readonly model: string; readonly taken: string; readonly place?: string },
  orientation = 1,
): Promise<Buffer> {
  return picture
    .flatten({ background: "#ffffff" })
    .jpeg({ quality: 90 })
    .withExif({
      IFD0: { Make: "Arpeggio", Model: camera.model },
      IFD2: {
        DateTimeOriginal: camera.taken,
        ExposureTime: "1/250",
        FNumber: "56/10",
        ISOSpeedRatings: "200",
        FocalLength: "35/1",
      },
      ...(camera.place === undefined ? {} : { IFD3: { GPSLatitudeRef: "N", GPSLatitude: camera.place } }),
    })
    .withMetadata({ orientation })
    .toBuffer();
}
