/**
 * What is printed comes from tasks, clients and stored records, whoever wrote them, and a terminal obeys control characters: they
 * could hide lines, or write into its clipboard. So they are shown, as JSON writes them, which leaves JSON what it is.
 */
const CONTROL = /[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** To standard output: text that may have several lines. */
export function say(text: string): void {
  console.log(shownText(text));
}

/** To standard output: lines, each of which stays one. */
export function sayLines(lines: readonly string[]): void {
  for (const line of lines) console.log(shownLine(line));
}

/** To standard error: text that may have several lines. */
export function tell(text: string): void {
  console.error(shownText(text));
}

/** To standard error: lines, each of which stays one. */
export function tellLines(lines: readonly string[]): void {
  for (const line of lines) console.error(shownLine(line));
}

export function shownText(text: string): string {
  return text.replace(CONTROL, (one) => (one === "\n" || one === "\t" ? one : escaped(one)));
}

export function shownLine(line: string): string {
  return line.replace(CONTROL, (one) => (one === "\t" ? one : one === "\n" ? "\\n" : escaped(one)));
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
