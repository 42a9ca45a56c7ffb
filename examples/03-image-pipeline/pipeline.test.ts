import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createApp, compile } from "arpeggio";
import { imageTasks } from "@arpeggio/tasks-image/worker";
import sharp from "sharp";
import { expect, expectTypeOf, test } from "vitest";
import type { Out } from "arpeggio";
import type { Picture } from "@arpeggio/tasks-image";
import type { GalleryReport } from "./album.ts";
import { gallery } from "./pipeline.ts";
import { galleryTasks } from "./tasks.ts";

test("the result has the types of the two last steps", () => {
  expectTypeOf<Out<typeof gallery>>().toEqualTypeOf<{ sheet: Picture; report: GalleryReport }>();
});

test("a worker of the example knows every task of the workflow", () => {
  const known = new Set<string>([...imageTasks(), ...galleryTasks].map((one) => one.taskName));
  expect([...compile(gallery).tasks.keys()].filter((name) => !known.has(name))).toEqual([]);
});

test("sound pictures become a gallery, broken ones are named with their reason", async () => {
  const folder = await mkdtemp(join(tmpdir(), "arpeggio-gallery-"));
  const out = join(folder, "out");
  const app = await createApp({ tasks: [...imageTasks(), ...galleryTasks] });
  try {
    const colour = (background: string) => sharp({ create: { width: 80, height: 60, channels: 3, background } });
    await colour("#a00").jpeg().toFile(join(folder, "red.jpg"));
    await colour("#00a").png().toFile(join(folder, "a red one.png"));
    await writeFile(join(folder, "half.jpg"), (await colour("#0a0").jpeg().toBuffer()).subarray(0, -40));
    await writeFile(join(folder, "words.png"), "only words");

    const run = await app.workflow(gallery).run({ folder, out });
    const { report, sheet } = await run.result();
    expect(report).toMatchObject({ published: 2, variants: 6 });
    expect(report.broken).toEqual([
      { name: "half.jpg", code: "IMAGE_UNREADABLE", reason: expect.stringMatching(/^is incomplete: /) },
      { name: "words.png", code: "IMAGE_FORMAT_UNSUPPORTED", reason: expect.stringContaining('"only words"') },
    ]);
    expect(sheet).toMatchObject({ source: { path: join(out, "contact-sheet.jpg") }, format: "jpeg" });

    const page = await readFile(report.page, "utf8");
    for (const [, address = ""] of page.matchAll(/(?:href|src)="([^"#]+)"/g)) {
      await expect(readFile(join(out, decodeURIComponent(address)))).resolves.toBeInstanceOf(Buffer);
    }
    expect(page).toContain("pictures/a-red-one/thumbnail.webp");
    expect(JSON.parse(await readFile(report.manifest, "utf8"))).toMatchObject({
      pictures: [{ name: "a red one.png" }, { name: "red.jpg" }],
      broken: [{ name: "half.jpg" }, { name: "words.png" }],
    });
  } finally {
    await app.close();
    await rm(folder, { recursive: true, force: true });
  }
});
