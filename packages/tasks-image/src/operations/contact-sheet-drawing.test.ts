import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { aContext, aFolder, bytesOf, colourAt, READABLE, transparent, twoHalves } from "../testing/made-pictures.ts";
import { drawContactSheet } from "./contact-sheet-drawing.ts";
import { sheetLayout } from "./contact-sheet-layout.ts";

const wide = { source: { bytes: await twoHalves(200, 100).png().toBuffer() }, caption: "wide" };

describe("a contact sheet", () => {
  test("shows every picture whole, in its cell, in reading order", async () => {
    const context = aContext();
    const pictures = [wide, { source: { bytes: await transparent(80, 80) } }, wide];
    const input = { pictures, columns: 2, cellSize: 100, format: "png" } as const;
    const made = await drawContactSheet(input, context);
    const layout = sheetLayout(input);
    expect(made).toMatchObject({ width: layout.width, height: layout.height, format: "png" });

    const sheet = bytesOf(made);
    for (const index of [0, 2]) {
      const cell = layout.cells[index] ?? { left: 0, top: 0 };
      const [red = 0, , blue = 0] = await colourAt(sheet, cell.left + 10, cell.top + 50);
      expect(red - blue).toBeGreaterThan(120);
      const [otherRed = 0, , otherBlue = 0] = await colourAt(sheet, cell.left + 90, cell.top + 50);
      expect(otherBlue - otherRed).toBeGreaterThan(120);
    }
    const round = layout.cells[1] ?? { left: 0, top: 0 };
    expect((await colourAt(sheet, round.left + 50, round.top + 50)).slice(0, 3)).toEqual([0, 170, 0]);
    expect(context.told).toEqual([
      [1, 3],
      [2, 3],
      [3, 3],
    ]);
  });

  test("crosses out the cell of a picture that could not be had", async () => {
    const input = { pictures: [{ caption: "gone.jpg" }], cellSize: 100, format: "png" } as const;
    const sheet = bytesOf(await drawContactSheet(input, aContext()));
    const [cell = { left: 0, top: 0 }] = sheetLayout(input).cells;
    const [middle = 0] = await colourAt(sheet, cell.left + 50, cell.top + 50);
    const [side = 0] = await colourAt(sheet, cell.left + 20, cell.top + 50);
    expect(middle).toBeLessThan(side - 50);
  });

  test("has captions and a title", async () => {
    const darkest = async (captions: boolean) => {
      const pictures = [{ source: wide.source, ...(captions ? { caption: "A caption" } : {}) }];
      const sheet = bytesOf(
        await drawContactSheet({ pictures, ...(captions ? { title: "Title" } : {}), format: "png" }, aContext()),
      );
      const { width, height } = await sharp(sheet).metadata();
      const darkestOf = async (top: number, rows: number) => {
        const part = await sharp(sheet).extract({ left: 0, top, width, height: rows }).greyscale().raw().toBuffer();
        return Math.min(...part);
      };
      const foot = await darkestOf(height - 45, 20);
      const head = await darkestOf(0, captions ? 90 : 20);
      return { foot, head, height };
    };
    const [bare, lettered] = [await darkest(false), await darkest(true)];
    expect(lettered.foot).toBeLessThan(bare.foot - 60);
    expect(lettered.head).toBeLessThan(bare.head - 60);
    expect(lettered.height).toBeGreaterThan(bare.height);
  });

  test("is a little wider than high by itself", () => {
    const columns = [1, 2, 3, 6, 12, 20, 100].map(
      (count) => sheetLayout({ pictures: Array(count).fill(wide) }).columns,
    );
    expect(columns).toEqual([1, 2, 3, 3, 5, 6, 12]);
  });

  test("is written to a file", async () => {
    await using folder = await aFolder();
    const to = folder.path("sheet.jpg");
    expect(await drawContactSheet({ pictures: [wide], to }, aContext())).toMatchObject({
      source: { path: to },
      format: "jpeg",
    });
  });

  test("with a broken picture fails for good and says which", async () => {
    await using folder = await aFolder();
    const path = await folder.put("half.jpg", (await READABLE.jpeg()).subarray(0, -100));
    const failure = drawContactSheet({ pictures: [wide, { source: { path } }] }, aContext());
    await expect(failure).rejects.toMatchObject({ code: "IMAGE_UNREADABLE", message: expect.stringContaining(path) });
  });

  test("of no pictures, or of too many pixels, is refused", async () => {
    await expect(drawContactSheet({ pictures: [] }, aContext())).rejects.toMatchObject({
      code: "IMAGE_OPTION_INVALID",
    });
    const strict = aContext({ limits: { pixelsMax: 50_000 } });
    await expect(drawContactSheet({ pictures: [wide] }, strict)).rejects.toMatchObject({ code: "IMAGE_TOO_LARGE" });
  });
});
