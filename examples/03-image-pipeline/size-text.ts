/** A size as people read it, in powers of ten: `87 B`, `1.2 MB`. */
export function sizeText(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  const units = ["kB", "MB", "GB", "TB"];
  let size = bytes;
  let at = -1;
  do {
    size /= 1000;
    at += 1;
  } while (size >= 999.5 && at < units.length - 1);
  return `${size < 9.95 ? size.toFixed(1) : size.toFixed(0)} ${units[at]}`;
}
