import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { aContext, animation, bytesOf, colourAt, READABLE, transparent, twoHalves } from "../testing/made-pictures.ts";
import { convertPicture, makeThumbnail, resizePicture } from "./resizing.ts";

const context = aContext();
const wide = await twoHalves(120, 60).png().toBuffer();

describe("resize", () => {
  test.each([
    [{ width: 60 }, 60, 30],
    [{ height: 20 }, 40, 20],
    [{ width: 50, height: 50 }, 50, 25],
    [{ width: 50, height: 50, fit: "cover" }, 50, 50],
    [{ width: 50, height: 50, fit: "contain" }, 50, 50],
    [{ width: 50, height: 50, fit: "fill" }, 50, 50],
    [{ width: 500 }, 120, 60],
    [{ width: 240, enlarge: true }, 240, 120],
  ] as const)("120 × 60 with %o is %i × %i", async (asked, width, height) => {
    const result = await resizePicture({ source: { bytes: wide }, ...asked }, context);
    expect(result).toMatchObject({ width, height, format: "png", sizeBytes: bytesOf(result).length });
    expect(await sharp(bytesOf(result)).metadata()).toMatchObject({ width, height, format: "png" });
  });

  test("without a size is refused", async () => {
    const failure = resizePicture({ source: { bytes: wide } }, context);
    await expect(failure).rejects.toMatchObject({ code: "IMAGE_OPTION_INVALID" });
  });

  test("to more pixels than the worker holds is refused", async () => {
    const strict = aContext({ limits: { pixelsMax: 10_000 } });
    const asked = { source: { bytes: wide }, width: 200, height: 200, enlarge: true };
    await expect(resizePicture(asked, strict)).rejects.toMatchObject({ code: "IMAGE_TOO_LARGE" });
    const oneSide = { source: { bytes: wide }, width: 2000, enlarge: true };
    await expect(resizePicture(oneSide, strict)).rejects.toMatchObject({ code: "IMAGE_TOO_LARGE" });
  });

  test("turns a picture upright and drops the orientation, so that no viewer turns it again", async () => {
    // Orientation 6: the first row of pixels is the right-hand side as seen, so left comes out on top.
    const lying = await twoHalves(60, 40).jpeg().withMetadata({ orientation: 6 }).toBuffer();
    const result = bytesOf(await resizePicture({ source: { bytes: lying }, width: 40, format: "png" }, context));
    const metadata = await sharp(result).metadata();
    expect(metadata).toMatchObject({ width: 40, height: 60 });
    expect(metadata.orientation).toBeUndefined();
    expect((await colourAt(result, 20, 5))[0]).toBeGreaterThan(150);
    expect((await colourAt(result, 20, 55))[2]).toBeGreaterThan(150);
  });
});

describe("thumbnail", () => {
  test("is a square by default, and never larger than the picture", async () => {
    const source = { bytes: wide };
    expect(await makeThumbnail({ source, size: 32 }, context)).toMatchObject({ width: 32, height: 32 });
    expect(await makeThumbnail({ source }, context)).toMatchObject({ width: 60, height: 60 });
    expect(await makeThumbnail({ source, focus: "attention", size: 20 }, context)).toMatchObject({
      width: 20,
      height: 20,
    });
  });

  test("keeps the whole picture where it is bounded", async () => {
    const source = { bytes: wide };
    expect(await makeThumbnail({ source, size: 40, shape: "bounded" }, context)).toMatchObject({
      width: 40,
      height: 20,
    });
    expect(await makeThumbnail({ source, shape: "bounded" }, context)).toMatchObject({ width: 120, height: 60 });
  });

  test("of a strip one pixel high is one pixel", async () => {
    const strip = await twoHalves(100, 1).png().toBuffer();
    expect(await makeThumbnail({ source: { bytes: strip } }, context)).toMatchObject({ width: 1, height: 1 });
  });
});

describe("convert", () => {
  for (const from of Object.keys(READABLE) as (keyof typeof READABLE)[]) {
    test.each(["jpeg", "png", "webp", "avif"] as const)(`${from} to %s keeps size and colours`, async (format) => {
      const source = { bytes: await READABLE[from]() };
      const result = await convertPicture({ source, format }, context);
      expect(result.format).toBe(format);
      const made = await sharp(bytesOf(result)).metadata();
      expect(made).toMatchObject({ width: result.width, height: result.height, space: "srgb" });
      const [red = 0, , blue = 0] = await colourAt(bytesOf(result), 5, 5);
      expect(red - blue).toBeGreaterThan(120);
    });
  }

  test("transparency becomes white paper in a JPEG, and stays in the others", async () => {
    const source = { bytes: await transparent() };
    const corner = async (format: "jpeg" | "png" | "webp" | "avif") =>
      colourAt(bytesOf(await convertPicture({ source, format }, context)), 1, 1);
    for (const part of await corner("jpeg")) expect(part).toBeGreaterThan(240);
    expect((await corner("png"))[3]).toBe(0);
    expect((await corner("webp"))[3]).toBe(0);
    expect((await corner("avif"))[3]).toBeLessThan(10);
  });

  test("CMYK and 16 bits a channel become sRGB of 8 bits", async () => {
    const cmyk = await twoHalves().toColourspace("cmyk").jpeg().toBuffer();
    const deep = await twoHalves().toColourspace("rgb16").png().toBuffer();
    for (const bytes of [cmyk, deep]) {
      const made = bytesOf(await convertPicture({ source: { bytes }, format: "png" }, context));
      expect(await sharp(made).metadata()).toMatchObject({ space: "srgb", channels: 3, depth: "uchar" });
      const [red = 0, , blue = 0] = await colourAt(made, 10, 20);
      expect(red).toBeGreaterThan(blue + 80);
    }
  });

  test.each(["gif", "webp"] as const)("an animated %s gives its first frame", async (kind) => {
    const source = { bytes: await animation(kind) };
    const made = await convertPicture({ source, format: "png" }, context);
    expect(made).toMatchObject({ width: 24, height: 16 });
    const [red = 0, green = 0] = await colourAt(bytesOf(made), 12, 8);
    expect(red).toBeGreaterThan(200);
    expect(green).toBeLessThan(50);
  });

  test("the place where a picture was taken is not passed on", async () => {
    const bytes = await twoHalves()
      .jpeg()
      .withExif({ IFD0: { Make: "Maker" }, IFD3: { GPSLatitudeRef: "N", GPSLatitude: "48/1 8/1 0/1" } })
      .toBuffer();
    expect((await sharp(bytes).metadata()).exif).toBeDefined();
    const made = bytesOf(await convertPicture({ source: { bytes }, format: "jpeg" }, context));
    expect((await sharp(made).metadata()).exif).toBeUndefined();
  });
});
