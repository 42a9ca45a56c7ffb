import { readFile, symlink } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { aContext, aFolder, bytesOf, READABLE, transparent } from "../testing/made-pictures.ts";
import { convertPicture, resizePicture } from "./resizing.ts";

const context = aContext();
const source = { bytes: await READABLE.png() };

describe("the format", () => {
  test("follows the ending of the file", async () => {
    await using folder = await aFolder();
    for (const [name, format] of [
      ["a.JPG", "jpeg"],
      ["a.webp", "webp"],
      ["a.avif", "avif"],
      ["a.png", "png"],
    ] as const) {
      expect(await resizePicture({ source, width: 9, to: folder.path(name) }, context)).toMatchObject({ format });
    }
  });

  test("follows the picture read where nothing else tells it; what is not written becomes PNG or JPEG", async () => {
    const formatOf = async (bytes: Uint8Array) =>
      (await resizePicture({ source: { bytes }, width: 9 }, context)).format;
    expect(await formatOf(await READABLE.webp())).toBe("webp");
    expect(await formatOf(await READABLE.tiff())).toBe("jpeg");
    const clearGif = bytesOf(await convertPicture({ source: { bytes: await transparent() }, format: "png" }, context));
    expect(await formatOf(clearGif)).toBe("png");
  });

  test("that contradicts the name of the file is refused", async () => {
    const failure = convertPicture({ source, format: "jpeg", to: "/tmp/x.png" }, context);
    await expect(failure).rejects.toMatchObject({ code: "IMAGE_OPTION_INVALID", message: /would hold jpeg/ });
    const unknown = resizePicture({ source, width: 9, to: "/tmp/x.bmp" }, context);
    await expect(unknown).rejects.toMatchObject({ code: "IMAGE_OPTION_INVALID", message: /ends in '.bmp'/ });
  });

  test("quality makes the file smaller", async () => {
    const sizeAt = async (quality: number) =>
      (await convertPicture({ source, format: "jpeg", quality }, context)).sizeBytes;
    expect(await sizeAt(20)).toBeLessThan(await sizeAt(95));
  });
});

describe("a result with a path", () => {
  test("is in the file, in a new folder, and nothing else is left there", async () => {
    await using folder = await aFolder();
    const to = folder.path("deep/er/small.webp");
    const result = await resizePicture({ source, width: 10, to }, context);
    expect(result).toMatchObject({ source: { path: to }, sizeBytes: (await readFile(to)).length });
    const again = await resizePicture({ source, width: 10, to }, context);
    expect(again).toEqual(result);
    await using beside = await aFolder();
    await resizePicture({ source, width: 10, to: beside.path("a.png") }, context);
    expect(await beside.names()).toEqual(["a.png"]);
  });

  test("that is relative is in the folder given with it", async () => {
    await using folder = await aFolder();
    const asked = { source, width: 10, folder: folder.path("in") };
    const relative = await resizePicture({ ...asked, to: "a/b.png" }, context);
    expect(relative.source).toEqual({ path: folder.path("in/a/b.png") });
    const absolute = await resizePicture({ ...asked, to: folder.path("c.png") }, context);
    expect(absolute.source).toEqual({ path: folder.path("c.png") });
    expect(await folder.names()).toEqual(["c.png", "in"]);
    expect((await resizePicture(asked, context)).source).toHaveProperty("bytes");
  });

  test("does not replace the picture that is read, by whatever name", async () => {
    await using folder = await aFolder();
    const path = await folder.put("original.png", source.bytes);
    const link = folder.path("link.png");
    await symlink(path, link);
    for (const to of [path, link, folder.path("./x/../original.png")]) {
      const failure = resizePicture({ source: { path }, width: 10, to }, context);
      await expect(failure).rejects.toMatchObject({
        code: "IMAGE_OPTION_INVALID",
        message: /is the picture that is read/,
      });
    }
    expect(await readFile(path)).toEqual(source.bytes);
  });

  test("that cannot be written fails for good and leaves nothing behind", async () => {
    await using folder = await aFolder();
    await folder.put("file", "not a folder");
    const under = resizePicture({ source, width: 10, to: folder.path("file/a.png") }, context);
    await expect(under).rejects.toMatchObject({ code: "IMAGE_NOT_WRITABLE" });
    await resizePicture({ source, width: 10, to: folder.path("taken.png/inside.png") }, context);
    const onto = resizePicture({ source, width: 10, to: folder.path("taken.png") }, context);
    await expect(onto).rejects.toMatchObject({ code: "IMAGE_NOT_WRITABLE" });
    // Where nobody may make a folder, root neither; /dev/null is none on any system.
    for (const nowhere of ["/proc/none/deeper/a.png", "/dev/null/a.png"]) {
      const there = resizePicture({ source, width: 10, to: nowhere }, context);
      await expect(there).rejects.toMatchObject({ code: "IMAGE_NOT_WRITABLE" });
    }
    expect(await folder.names()).toEqual(["file", "taken.png"]);
  });

  test("of a broken picture is not there, and what was there before still is", async () => {
    await using folder = await aFolder();
    const to = await folder.put("result.png", "the one before");
    const bytes = source.bytes.subarray(0, 2000);
    await expect(resizePicture({ source: { bytes }, width: 10, to }, context)).rejects.toThrow(/incomplete/);
    expect(await readFile(to, "utf8")).toBe("the one before");
    expect(await folder.names()).toEqual(["result.png"]);
  });

  test("of an attempt that is given up meanwhile is not written", async () => {
    await using folder = await aFolder();
    const giveUp = new AbortController();
    const working = resizePicture({ source, width: 10, to: folder.path("a.png") }, aContext({ signal: giveUp.signal }));
    giveUp.abort(new Error("cancelled"));
    await expect(working).rejects.toThrow("cancelled");
    expect(await folder.names()).toEqual([]);
  });
});
