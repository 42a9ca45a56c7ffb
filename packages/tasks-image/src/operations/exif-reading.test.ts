import { describe, expect, test } from "vitest";
import { aContext, twoHalves } from "../testing/made-pictures.ts";
import { exifFacts, readCameraFacts } from "./exif-reading.ts";

const NOTHING = {
  camera: null,
  lens: null,
  takenAt: null,
  orientation: null,
  hasLocation: false,
  exposureSeconds: null,
  aperture: null,
  iso: null,
  focalLengthMm: null,
};

describe("exif", () => {
  test("tells camera, time, exposure and whether there is a place", async () => {
    const bytes = await twoHalves()
      .jpeg()
      .withExif({
        IFD0: { Make: "Fujifilm", Model: "X100V" },
        IFD2: {
          DateTimeOriginal: "2024:05:17 18:30:05",
          ExposureTime: "1/250",
          FNumber: "28/10",
          ISOSpeedRatings: "400",
          FocalLength: "23/1",
          LensModel: "Fujinon 23mm",
        },
        IFD3: { GPSLatitudeRef: "N", GPSLatitude: "48/1 8/1 0/1" },
      })
      .withMetadata({ orientation: 6 })
      .toBuffer();
    expect(await readCameraFacts({ source: { bytes } }, aContext())).toEqual({
      camera: "Fujifilm X100V",
      lens: "Fujinon 23mm",
      takenAt: "2024-05-17T18:30:05",
      orientation: 6,
      hasLocation: true,
      exposureSeconds: 0.004,
      aperture: 2.8,
      iso: 400,
      focalLengthMm: 23,
    });
  });

  test("of a picture without it is nothing", async () => {
    const bytes = await twoHalves().png().toBuffer();
    expect(await readCameraFacts({ source: { bytes } }, aContext())).toEqual(NOTHING);
  });

  test("does not name the maker twice", async () => {
    const bytes = await twoHalves()
      .jpeg()
      .withExif({ IFD0: { Make: "Canon Inc.", Model: "Canon EOS R6" } })
      .toBuffer();
    expect(await readCameraFacts({ source: { bytes } }, aContext())).toMatchObject({ camera: "Canon EOS R6" });
  });

  test.each([
    ["no EXIF at all", Buffer.from("rubbish")],
    ["a header only", Buffer.from("Exif\0\0MM\0*", "latin1")],
    ["an offset beyond its end", Buffer.from("Exif\0\0MM\0*\xFF\xFF\xFF\xF0\0\0\0\0", "latin1")],
    ["nothing", Buffer.alloc(0)],
  ])("that is %s is nothing, and no failure", (_, block) => {
    expect(exifFacts(block, undefined)).toEqual(NOTHING);
  });

  test("that is cut anywhere never throws", async () => {
    const bytes = await twoHalves()
      .jpeg()
      .withExif({ IFD0: { Make: "A", Model: "B" }, IFD2: { FNumber: "2/1" } })
      .toBuffer();
    const start = bytes.indexOf("Exif\0\0");
    for (let length = 0; length < 250; length += 1) {
      expect(exifFacts(bytes.subarray(start, start + length), undefined)).toHaveProperty("camera");
    }
  });
});
