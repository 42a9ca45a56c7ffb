/** Mutations whose files are named from a folder on. */
export function inFolder(folder, mutations) {
  return mutations.map((mutation) => ({ ...mutation, file: `${folder}/${mutation.file}` }));
}
