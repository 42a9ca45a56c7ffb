import { mkdir, stat } from "node:fs/promises";
import { dirname } from "node:path";

/**
 * Makes a folder, and those that it lies in; one that is there stays as it is. What `mkdir` does with `recursive`, which never comes back
 * where a folder that is there can have no further ones, such as `/proc`.
 *
 * @throws what `stat` and `mkdir` of Node do.
 */
export async function makeFolder(path: string): Promise<void> {
  const missing: string[] = [];
  let folder = path;
  for (; !(await isFolder(folder)); folder = dirname(folder)) missing.push(folder);
  for (const one of missing.toReversed()) {
    try {
      await mkdir(one);
    } catch (error) {
      // Somebody else may have made it meanwhile.
      if ((error as NodeJS.ErrnoException).code !== "EEXIST" || !(await isFolder(one))) throw error;
    }
  }
}

/** @throws what `stat` does, unless there is nothing yet */
async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw error;
  }
}
