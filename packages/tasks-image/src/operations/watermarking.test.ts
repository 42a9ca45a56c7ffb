import sharp from "sharp";
import { describe, expect, test } from "vitest";
import type { Gravity } from "../contracts/watermark.ts";
import { aContext, bytesOf, colourAt, transparent } from "../testing/made-pictures.ts";
import { labelDrawing, watermarkPicture } from "./watermarking.ts";

const context = aContext();
const grey = (width: number, height: number) =>
  sharp({ create: { width, height, channels: 3, background: "#808080" } })
    .png()
    .toBuffer();

/** The part of the picture that differs from grey: its middle, from 0 to 1 in each direction, and its size. */
async function marked(bytes: Uint8Array) {
  const { data, info } = await sharp(bytes).greyscale().raw().toBuffer({ resolveWithObject: true });
  const points = [...data.keys()].filter((at) => Math.abs((data[at] ?? 0) - 128) > 8);
  const xs = points.map((at) => at % info.width);
  const ys = points.map((at) => Math.floor(at / info.width));
  const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  return {
    count: points.length,
    x: (left + right) / 2 / info.width,
    y: (top + bottom) / 2 / info.height,
    touchesEdge: left === 0 || top === 0 || right === info.width - 1 || bottom === info.height - 1,
  };
}

const mark = async (bytes: Uint8Array, more: { text: string; gravity?: Gravity; opacity?: number; scale?: number }) =>
  bytesOf(await watermarkPicture({ source: { bytes }, format: "png", ...more }, context));

describe("watermark", () => {
  test.each([
    ["northwest", 0, 0],
    ["north", 1, 0],
    ["northeast", 2, 0],
    ["west", 0, 1],
    ["centre", 1, 1],
    ["east", 2, 1],
    ["southwest", 0, 2],
    ["south", 1, 2],
    ["southeast", 2, 2],
  ] as const)("%s is where it says, with a margin", async (gravity, column, row) => {
    const where = await marked(await mark(await grey(400, 300), { text: "© Arpeggio", gravity }));
    expect(where.count).toBeGreaterThan(100);
    expect(Math.floor(where.x * 3)).toBe(column);
    expect(Math.floor(where.y * 3)).toBe(row);
    expect(where.touchesEdge).toBe(false);
  });

  test("less opacity is less to be seen, none is nothing", async () => {
    const picture = await grey(300, 200);
    const seen = async (opacity: number) => (await marked(await mark(picture, { text: "mark", opacity }))).count;
    expect(await seen(0)).toBe(0);
    expect(await seen(0.1)).toBeLessThan(await seen(1));
  });

  test("markup is text", async () => {
    const picture = await grey(600, 200);
    const plain = await mark(picture, { text: `a<b & "c" 'd' </text><rect width="600" height="200"/>` });
    const where = await marked(plain);
    expect(where.count).toBeGreaterThan(100);
    expect(where.count).toBeLessThan(12_000);
  });

  test.each(["\u0000\u0001ok", "half \uD800 pair", "日本語 مرحبا 🙂", "tab\tand\nline"])(
    "odd text %j is drawn",
    async (text) => {
      expect((await marked(await mark(await grey(300, 200), { text }))).count).toBeGreaterThan(20);
    },
  );

  test("long text is made to fit", async () => {
    const where = await marked(await mark(await grey(300, 200), { text: "W".repeat(30), scale: 0.3 }));
    expect(where.touchesEdge).toBe(false);
    const svg = labelDrawing(
      "word ".repeat(40),
      { gravity: "south", opacity: 1, scale: 0.1 },
      { width: 200, height: 100 },
    );
    expect(svg).toContain("…");
  });

  test.each([
    [1, 1],
    [3, 300],
    [300, 2],
    [12, 12],
  ])("fits on a picture of %i × %i", async (width, height) => {
    const made = await watermarkPicture({ source: { bytes: await grey(width, height) }, text: "© name" }, context);
    expect(made).toMatchObject({ width, height });
  });

  test("leaves the transparency of a picture alone", async () => {
    const made = await mark(await transparent(200, 200), { text: "mark", gravity: "southeast" });
    expect(await sharp(made).metadata()).toMatchObject({ hasAlpha: true });
    expect((await colourAt(made, 2, 2))[3]).toBe(0);
  });

  test("is drawn on a picture that lies on its side as on any other", async () => {
    const lying = await sharp(await grey(300, 200))
      .jpeg()
      .withMetadata({ orientation: 6 })
      .toBuffer();
    const made = await mark(lying, { text: "mark", gravity: "southeast" });
    expect(await sharp(made).metadata()).toMatchObject({ width: 200, height: 300 });
    const where = await marked(made);
    expect([Math.floor(where.x * 2), Math.floor(where.y * 2)]).toEqual([1, 1]);
  });
});
