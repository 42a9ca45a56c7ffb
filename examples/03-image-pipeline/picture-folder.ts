import { access, constants, readdir, readFile, realpath, stat } from "node:fs/promises";
import { extname, join, relative } from "node:path";
import { makeFolder } from "@arpeggio/tasks-image/worker";
import { isGalleryPage } from "./gallery-page.ts";

const ENDINGS = new Set([".jpg", ".jpeg", ".png", ".webp", ".avif", ".gif", ".tif", ".tiff"]);

/** The names of the picture files in a folder, sorted: by their ending, so a broken one is among them. */
export async function pictureFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory() && !entry.name.startsWith("."))
    .map((entry) => entry.name)
    .filter((name) => ENDINGS.has(extname(name).toLowerCase()))
    .toSorted();
}

/** What is wrong with the two folders, in words, or `undefined`. Makes the output folder. */
export async function folderProblem(folder: string, out: string): Promise<string | undefined> {
  const found = await stat(folder).catch(() => undefined);
  if (found === undefined) return `there is no folder ${folder}`;
  if (!found.isDirectory()) return `${folder} is a file, not a folder`;
  try {
    if ((await pictureFiles(folder)).length === 0) {
      return `${folder} has no pictures (${[...ENDINGS].join(", ")})`;
    }
  } catch (error) {
    return `${folder} cannot be read: ${(error as Error).message}`;
  }
  try {
    await makeFolder(out);
    await access(out, constants.W_OK);
  } catch (error) {
    return `${out} cannot be written to: ${(error as Error).message}`;
  }
  return outProblem(await realpath(folder), await realpath(out));
}

/** Neither the pictures nor anybody's page may be overwritten. */
async function outProblem(folder: string, out: string): Promise<string | undefined> {
  const inOut = relative(out, folder);
  if (inOut === "" || inOut === "pictures") return `the gallery in ${out} would mix with the pictures in ${folder}`;
  const page = await readFile(join(out, "index.html"), "utf8").catch(() => undefined);
  if (page !== undefined && !isGalleryPage(page)) return `${out} has an index.html that is no gallery of this command`;
  return undefined;
}

/** A folder name for each file, with no two alike: `a.jpg` and `a.png` get `a` and `a-2`. */
export function folderNames(files: readonly string[]): string[] {
  const taken = new Set<string>();
  return files.map((file) => {
    const stem =
      file
        .slice(0, file.length - extname(file).length)
        .replaceAll(/[^\p{L}\p{N}]+/gu, "-")
        .replaceAll(/^-+|-+$/g, "") || "picture";
    let name = stem;
    for (let count = 2; taken.has(name.toLowerCase()); count += 1) name = `${stem}-${count}`;
    taken.add(name.toLowerCase());
    return name;
  });
}

/** `harbour-at-dusk.jpg` is "Harbour at dusk". */
export function titleOf(file: string): string {
  const words = file
    .slice(0, file.length - extname(file).length)
    .replaceAll(/[-_\s]+/g, " ")
    .trim();
  return words === "" ? file : words.charAt(0).toUpperCase() + words.slice(1);
}
