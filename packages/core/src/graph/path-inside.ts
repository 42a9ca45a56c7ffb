/** What may follow the path of a node in the path of something inside of it. */
const INNER = /^[[./!]/;

/** Whether a path is that of something inside of a node or part, and not its own, as far as their text tells: `race[0]/signal` is inside `race`. */
export function isInside(path: string, of: string): boolean {
  return path.startsWith(of) && INNER.test(path.slice(of.length));
}
