import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { galleryPage } from "./gallery-page.ts";
import type { Album, PublishedPicture } from "./album.ts";
import { parseCommandLine } from "./command-line.ts";
import { folderNames, folderProblem, pictureFiles, titleOf } from "./picture-folder.ts";
import { progressOn } from "./progress.ts";
import { followProgress } from "./run-progress.ts";
import { sizeText } from "./size-text.ts";
import { summaryText } from "./summary.ts";

describe("the command line", () => {
  test("has defaults", () => {
    const defaults = { folder: undefined, out: resolve("out/gallery"), nats: undefined, help: false };
    expect(parseCommandLine([])).toEqual(defaults);
    expect(parseCommandLine(["--", "pics"])).toEqual({ ...defaults, folder: resolve("pics") });
  });

  test.each([
    [["a", "b"], /one folder at a time, not 2/],
    [["--oops"], /Unknown option '--oops'/],
    [["--out"], /argument missing/],
    [[""], /an argument is empty/],
    [["pics", "--out", ""], /an argument is empty/],
  ])("%j is refused in words", (args, reason) => {
    expect(parseCommandLine(args)).toMatch(reason);
  });
});

describe("folders", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "arpeggio-gallery-"));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  test("list picture files by their ending, sorted, one level, no hidden ones", async () => {
    await mkdir(join(folder, "deeper.jpg"));
    for (const name of ["b.JPG", "a.png", "notes.txt", ".a.png.tmp", ".hidden.png"])
      await writeFile(join(folder, name), "x");
    expect(await pictureFiles(folder)).toEqual(["a.png", "b.JPG"]);
  });

  test("that cannot be used are told in words", async () => {
    const file = join(folder, "file");
    await writeFile(file, "x");
    const out = join(folder, "out");
    expect(await folderProblem(join(folder, "gone"), out)).toMatch(/^there is no folder .*gone$/);
    expect(await folderProblem(file, out)).toMatch(/is a file, not a folder/);
    expect(await folderProblem(folder, out)).toMatch(/has no pictures/);
    await writeFile(join(folder, "a.png"), "x");
    // Root may write nearly everywhere, but makes no folder in /proc.
    for (const unwritable of [file, join(file, "out"), "/proc/foo", "/proc/foo/out", "/dev/null/out"])
      expect(await folderProblem(folder, unwritable)).toMatch(/cannot be written to/);
    expect(await folderProblem(folder, join(folder, "new", "deeper"))).toBeUndefined();
    expect(await folderProblem(folder, out)).toBeUndefined();
  });

  test("of pictures, and pages of others, are not written over", async () => {
    const pictures = join(folder, "pictures");
    await mkdir(pictures);
    await writeFile(join(pictures, "a.png"), "x");
    const link = join(folder, "link");
    await symlink(pictures, link);
    expect(await folderProblem(pictures, link)).toMatch(/would mix with the pictures/);
    expect(await folderProblem(pictures, folder)).toMatch(/would mix with the pictures/);
    await writeFile(join(folder, "b.png"), "x");
    expect(await folderProblem(folder, pictures)).toBeUndefined();
    await writeFile(
      join(pictures, "index.html"),
      galleryPage(album, (path) => path),
    );
    expect(await folderProblem(folder, pictures)).toBeUndefined();
    await writeFile(join(pictures, "index.html"), "<h1>About me</h1>");
    expect(await folderProblem(folder, pictures)).toMatch(/has an index.html that is no gallery/);
  });

  test("of pictures have names that differ, also where case does not count", () => {
    expect(folderNames(["a.jpg", "a.png", "A.gif", "ü b!.jpg", "...jpg"])).toEqual([
      "a",
      "a-2",
      "A-3",
      "ü-b",
      "picture",
    ]);
  });

  test("titles are words", () => {
    expect(titleOf("harbour-at_dusk.jpg")).toBe("Harbour at dusk");
  });
});

const made = {
  source: { path: "/out/pictures/a/web.webp" },
  width: 10,
  height: 10,
  format: "webp",
  sizeBytes: 1500,
} as const;
const picture: PublishedPicture = {
  name: "a.jpg",
  title: `<b> & "c"`,
  folder: "/out/pictures/a",
  facts: {
    source: { path: "/in/a.jpg" },
    format: "jpeg",
    width: 20,
    height: 10,
    pages: 1,
    hasAlpha: false,
    space: "srgb",
    orientation: 1,
    sizeBytes: 2_000_000,
  },
  exif: {
    camera: "<cam>",
    lens: null,
    takenAt: "2024-05-17T18:30:05",
    orientation: 1,
    hasLocation: true,
    exposureSeconds: 0.004,
    aperture: 2.8,
    iso: 100,
    focalLengthMm: 35,
  },
  thumbnail: made,
  web: made,
  marked: made,
  manifest: "/out/pictures/a/picture.json",
};
const album: Album = {
  out: "/out",
  published: [picture],
  broken: [{ name: "x<y>.jpg", code: "IMAGE_UNREADABLE", reason: "is damaged" }],
};

describe("the page", () => {
  test("escapes what comes from files, and links with relative addresses", () => {
    const page = galleryPage(album, (path) => path.replace("/out/", ""));
    expect(page).toContain("&lt;b&gt; &amp; &quot;c&quot;");
    expect(page).toContain("x&lt;y&gt;.jpg</b> is damaged");
    expect(page).not.toMatch(/<b> &|<cam>|x<y>/);
    expect(page).toContain('href="pictures/a/web.webp"');
    expect(page).toContain("&lt;cam&gt; · 2024-05-17");
    expect(page).toContain("1/250 s · f/2.8 · ISO 100 · 35 mm · geotagged");
  });

  test("without broken pictures does not speak of them", () => {
    expect(galleryPage({ ...album, broken: [] }, (path) => path)).not.toMatch(/left out/i);
  });
});

test("the summary names broken pictures with their reasons", () => {
  const report = {
    page: "/out/index.html",
    manifest: "/out/manifest.json",
    published: 2,
    variants: 6,
    bytesIn: 3e6,
    bytesOut: 9e5,
    broken: album.broken,
  };
  const text = summaryText(report, { sheet: "/out/contact-sheet.jpg", seconds: 1.25 });
  expect(text).toContain("pictures  3: 2 in the gallery, 1 broken");
  expect(text).toContain("3.0 MB read, 900 kB written");
  expect(text).toContain("x<y>.jpg  is damaged (IMAGE_UNREADABLE)");
  expect(text).toContain("file:///out/index.html");
});

test.each([
  [0, "0 B"],
  [999, "999 B"],
  [1000, "1.0 kB"],
  [999_600, "1.0 MB"],
  [12_345_678, "12 MB"],
  [5e12, "5.0 TB"],
])("%i bytes are %s", (bytes, text) => {
  expect(sizeText(bytes)).toBe(text);
});

describe("progress", () => {
  async function told(isTTY: boolean): Promise<string> {
    let text = "";
    const output = { isTTY, columns: 60, write: (part: string | Uint8Array) => ((text += String(part)), true) };
    const node = (path: string, task: string, state: "succeeded" | "failed" | "cancelled") =>
      ({ type: "node", node: path, task, state, attempt: 1 }) as const;
    const updates = [
      node("pictures.list", "pictures.list", "succeeded"),
      node("map[0]/picture.publish", "picture.publish", "succeeded"),
      node("map[0]/picture.publish", "picture.publish", "succeeded"),
      node("map[1]/image.probe", "image.probe", "failed"),
      node("gallery.write", "gallery.write", "cancelled"),
    ] as const;
    await followProgress(
      (async function* () {
        yield* updates;
      })(),
      ["a.jpg", "b.jpg"],
      progressOn(output),
    );
    return text;
  }

  test("on a terminal is one bar, and what stays is above it", async () => {
    const text = await told(true);
    expect(text).toContain("✗ b.jpg is left out\n");
    expect(text).toContain(`${"█".repeat(28)} 2/2`);
    expect(text.endsWith("\r\u001B[K")).toBe(true);
  });

  test("elsewhere is a line for each picture, told once", async () => {
    expect(await told(false)).toBe("0/2 starting\n1/2 publishing\n✗ b.jpg is left out\n2/2 looking at pictures\n");
  });
});
