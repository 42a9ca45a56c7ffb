import { expect, test } from "vitest";
import { aContext, animation, READABLE, transparent, twoHalves } from "../testing/made-pictures.ts";
import { probePicture } from "./probing.ts";

const probe = (bytes: Uint8Array, verify = true) => probePicture({ source: { bytes }, verify }, aContext());

test.each(Object.keys(READABLE) as (keyof typeof READABLE)[])("%s is read and told by its name", async (kind) => {
  const bytes = await READABLE[kind]();
  expect(await probe(bytes)).toMatchObject({
    format: kind.replace("progressive ", ""),
    pages: 1,
    orientation: 1,
    sizeBytes: bytes.length,
    source: { bytes },
  });
});

test.each([1, 2, 3, 4, 5, 6, 7, 8])("width and height are those seen, orientation %i", async (orientation) => {
  const picture = await twoHalves(60, 40).jpeg().withMetadata({ orientation }).toBuffer();
  const turned = orientation >= 5;
  expect(await probe(picture)).toMatchObject({ orientation, width: turned ? 40 : 60, height: turned ? 60 : 40 });
});

test("transparency, frames and colour spaces are told", async () => {
  expect(await probe(await transparent())).toMatchObject({ hasAlpha: true, format: "png" });
  expect(await probe(await animation("gif"))).toMatchObject({ pages: 3, width: 24, height: 16 });
  expect(await probe(await animation("webp"))).toMatchObject({ pages: 3, width: 24, height: 16 });
  expect(await probe(await twoHalves().toColourspace("cmyk").jpeg().toBuffer())).toMatchObject({ space: "cmyk" });
  expect(await probe(await twoHalves().toColourspace("b-w").jpeg().toBuffer())).toMatchObject({ space: "b-w" });
  expect(await probe(await twoHalves().toColourspace("rgb16").png().toBuffer())).toMatchObject({ space: "rgb16" });
});

test("without verifying, damage behind the header is not looked for", async () => {
  const jpeg = await twoHalves(200, 200).jpeg().toBuffer();
  const middle = Math.floor(jpeg.length / 2);
  const damaged = Buffer.concat([jpeg.subarray(0, middle), jpeg.subarray(middle + 500)]);
  await expect(probe(damaged, false)).resolves.toMatchObject({ width: 200 });
  await expect(probe(damaged, true)).rejects.toMatchObject({ code: "IMAGE_UNREADABLE" });
});
