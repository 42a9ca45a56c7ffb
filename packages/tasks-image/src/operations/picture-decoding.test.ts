import { execFileSync } from "node:child_process";
import { truncate } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { aContext, aFolder, animation, pngClaiming, READABLE, twoHalves } from "../testing/made-pictures.ts";
import { probePicture } from "./probing.ts";

const verified = (bytes: Uint8Array, context = aContext()) => probePicture({ source: { bytes } }, context);

describe("a file that is cut", () => {
  const kinds = { ...READABLE, "animated gif": () => animation("gif"), "animated webp": () => animation("webp") };
  for (const [kind, make] of Object.entries(kinds)) {
    test.each([0.3, 0.6, 0.9, 0.99])(`${kind}, of which %d is there, fails for good`, async (part) => {
      const whole = await make();
      const cut = whole.subarray(0, Math.floor(whole.length * part));
      await expect(verified(cut)).rejects.toMatchObject({ name: "PictureError", code: "IMAGE_UNREADABLE" });
    });
  }

  test("by its end mark only, fails too", async () => {
    const png = await READABLE.png();
    await expect(verified(png.subarray(0, -1))).rejects.toThrow(/incomplete: the file ends before its end mark/);
    await expect(verified(png.subarray(0, -12))).rejects.toThrow(/incomplete: the file ends before its end mark/);
    const gif = await READABLE.gif();
    await expect(verified(gif.subarray(0, -1))).rejects.toThrow(/incomplete: the file ends before its end mark/);
    const jpeg = await READABLE.jpeg();
    await expect(verified(jpeg.subarray(0, -1))).rejects.toThrow(/incomplete: the file ends before its end mark/);
    const webp = await READABLE.webp();
    await expect(verified(webp.subarray(0, -1))).rejects.toThrow(
      `incomplete: the file ends before the ${webp.length} bytes that it announces, after ${webp.length - 1} bytes`,
    );
  });

  test("in a part of a JPEG names the part, and the end of a picture in a part is not the file's", async () => {
    const [whole, small] = await Promise.all([READABLE["progressive jpeg"](), READABLE.jpeg()]);
    const length = Buffer.alloc(2);
    length.writeUInt16BE(2 + small.length);
    const withPreview = Buffer.concat([
      whole.subarray(0, 2),
      Buffer.from([0xff, 0xe1]),
      length,
      small,
      whole.subarray(2),
    ]);
    await expect(verified(withPreview)).resolves.toMatchObject({ width: 200 });
    await expect(verified(withPreview.subarray(0, -2))).rejects.toThrow(/ends before its end mark/);
    await expect(verified(withPreview.subarray(0, small.length))).rejects.toThrow(
      /ends inside its segment 0xe1, after/,
    );
  });

  test("may have something behind its end", async () => {
    const jpeg = await READABLE.jpeg();
    await expect(verified(Buffer.concat([jpeg, Buffer.alloc(9)]))).resolves.toMatchObject({ format: "jpeg" });
  });

  test("in a later frame of an animation names the frame", async () => {
    const gif = await animation("gif");
    await expect(verified(gif.subarray(0, -6))).rejects.toThrow(/ends in frame 3, after \d+ bytes/);
  });
});

describe("a file with damage", () => {
  test.each(["jpeg", "png", "gif", "tiff"] as const)("inside a %s fails for good", async (kind) => {
    const bytes = await READABLE[kind]();
    const middle = Math.floor(bytes.length * 0.4);
    const damaged = Buffer.concat([bytes.subarray(0, middle), bytes.subarray(Math.floor(bytes.length * 0.6))]);
    await expect(verified(damaged)).rejects.toMatchObject({ code: "IMAGE_UNREADABLE" });
  });

  test("in its header says so without the decoder's own names", async () => {
    const jpeg = await READABLE.jpeg();
    const table = jpeg.indexOf(Buffer.from([0xff, 0xc4])); // of Huffman codes
    jpeg.fill(0xff, table + 5, table + 10);
    const failure = await verified(jpeg).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: "IMAGE_UNREADABLE", message: expect.stringMatching(/is damaged: /) });
    expect(String(failure)).not.toMatch(/vips/i);
  });

  test("says what is wrong, not that a warning counts as an error", async () => {
    const png = await READABLE.png();
    png.writeUInt32BE(1, 29); // the checksum of the header
    await expect(verified(png)).rejects.toThrow("the picture given as bytes is damaged: CRC error");
  });
});

describe("a file that is no picture", () => {
  test.each([
    ["text that is named .png", "hello, world", /it is text that begins with "hello, world"/],
    ["an HTML page, as a failed download leaves it", "<!DOCTYPE html><p>404</p>", /it is an HTML page/],
    ["SVG", '<svg xmlns="http://www.w3.org/2000/svg"/>', /it is an SVG drawing/],
    ["PDF", "%PDF-1.7\n", /it is a PDF document/],
    ["BMP", "BM\u0000\u0000\u0000", /it is a BMP picture/],
    ["HEIC", "\u0000\u0000\u0000\u0018ftypheic\u0000\u0000\u0000\u0000mif1heic", /it is a HEIC picture/],
    ["unknown bytes", "\u0001\u0002\u0003", /its first bytes, 010203, are of no picture format/],
  ])("%s", async (_, content, reason) => {
    const failure = await verified(Buffer.from(content, "latin1")).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: "IMAGE_FORMAT_UNSUPPORTED", message: expect.stringMatching(reason) });
  });

  test("an empty one", async () => {
    await expect(verified(Buffer.alloc(0))).rejects.toThrow("the picture given as bytes is empty (0 bytes)");
  });
});

describe("a path", () => {
  test("without a file", async () => {
    const path = "/nowhere/at/all.jpg";
    const failure = probePicture({ source: { path } }, aContext());
    await expect(failure).rejects.toMatchObject({ code: "IMAGE_NOT_FOUND", message: `there is no file ${path}` });
  });

  test("of a folder", async () => {
    await using folder = await aFolder();
    const failure = probePicture({ source: { path: folder.path(".") } }, aContext());
    await expect(failure).rejects.toMatchObject({
      code: "IMAGE_UNREADABLE",
      message: expect.stringMatching(/is not a file/),
    });
  });

  test("of a pipe that nobody writes to takes no thread", async () => {
    await using folder = await aFolder();
    const path = folder.path("pipe.png");
    execFileSync("mkfifo", [path]);
    await expect(probePicture({ source: { path } }, aContext())).rejects.toThrow(`${path} is not a file`);
  });

  test("is named in what is wrong with its file", async () => {
    await using folder = await aFolder();
    const path = await folder.put("note.png", "only words");
    await expect(probePicture({ source: { path } }, aContext())).rejects.toThrow(`${path} is not a picture`);
  });
});

test("bytes that are none are refused", async () => {
  const source = { bytes: "aGVsbG8=" as unknown as Uint8Array };
  await expect(probePicture({ source }, aContext())).rejects.toMatchObject({ code: "IMAGE_OPTION_INVALID" });
});

describe("limits", () => {
  test("a file of too many bytes is refused before it is read", async () => {
    await using folder = await aFolder();
    const path = await folder.put("large.jpg", Buffer.alloc(1001));
    const context = aContext({ limits: { bytesMax: 1000 } });
    await expect(probePicture({ source: { path } }, context)).rejects.toMatchObject({
      code: "IMAGE_TOO_LARGE",
      message: `${path} has 1001 bytes; at most 1000 are read`,
    });
  });

  test("a file that would not fit into memory is not even opened for reading all of it", async () => {
    await using folder = await aFolder();
    const path = await folder.put("huge.jpg", "");
    await truncate(path, 3 * 1024 ** 3); // has no blocks on the disk, and Node refuses to read as much at once
    await expect(probePicture({ source: { path } }, aContext())).rejects.toMatchObject({ code: "IMAGE_TOO_LARGE" });
  });

  test("a small file of very many pixels is refused before it is decoded", async () => {
    const failure = verified(await pngClaiming(60_000, 60_000));
    await expect(failure).rejects.toMatchObject({
      code: "IMAGE_TOO_LARGE",
      message: expect.stringContaining("60000 × 60000 = 3600000000 pixels; at most 100000000 are decoded"),
    });
  });

  test("a picture of exactly as many pixels as are allowed is read", async () => {
    const picture = await twoHalves(20, 10).png().toBuffer();
    await expect(verified(picture, aContext({ limits: { pixelsMax: 200 } }))).resolves.toMatchObject({ width: 20 });
    await expect(verified(picture, aContext({ limits: { pixelsMax: 199 } }))).rejects.toMatchObject({
      code: "IMAGE_TOO_LARGE",
    });
  });
});

test("an attempt that is given up reads no further", async () => {
  const reason = new Error("cancelled");
  const failure = verified(await READABLE.png(), aContext({ signal: AbortSignal.abort(reason) }));
  await expect(failure).rejects.toBe(reason);
});
