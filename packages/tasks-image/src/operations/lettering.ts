import { createRequire } from "node:module";
import sharp from "sharp";

/** What text is drawn in: the font that comes with this package first, so that every machine draws the same. */
export const FONT_FAMILY = "Lato, sans-serif";

const FONT_FILES = [
  "@expo-google-fonts/lato/400Regular/Lato_400Regular.ttf",
  "@expo-google-fonts/lato/700Bold/Lato_700Bold.ttf",
];
let loading: Promise<void> | undefined;

/**
 * Makes the package's own font known to this process, once. Await it before drawing an SVG with text.
 *
 * A slim container has no fonts, and libvips would draw a box for every letter without a word.
 */
export function loadFont(): Promise<void> {
  loading ??= registerFonts();
  return loading;
}

async function registerFonts(): Promise<void> {
  const require = createRequire(import.meta.url);
  for (const file of FONT_FILES) {
    // Drawing with a font file registers it for all later drawing, SVG included.
    await sharp({ text: { text: ".", font: "Lato", fontfile: require.resolve(file) } })
      .raw()
      .toBuffer();
  }
}

/** Text that may stand in XML: markup escaped, and characters that XML does not allow left out. */
export function escapeXml(text: string): string {
  return text
    .replaceAll(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, "")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&apos;");
}

/** About how wide the text is, in units of its font size. On the wide side, so that what is made to fit does fit. */
export function textWidthEm(text: string): number {
  let width = 0;
  for (const char of text) width += charWidthEm(char);
  return width;
}

function charWidthEm(char: string): number {
  if ((char.codePointAt(0) ?? 0) >= 0x2e80) return 1.1;
  if (/[MWmw@%©®—…]/.test(char)) return 1.08;
  if (/[A-Z]/.test(char)) return 0.72;
  if (/[iljtfr.,:;'!|() ]/.test(char)) return 0.4;
  return 0.6;
}

/** The text, or as much of it as fits with an ellipsis at its end. `widthEm` is in units of the font size. */
export function fitText(text: string, widthEm: number): string {
  if (textWidthEm(text) <= widthEm) return text;
  let fitted = "";
  let used = textWidthEm("…");
  for (const char of text) {
    used += charWidthEm(char);
    if (used > widthEm) break;
    fitted += char;
  }
  return `${fitted.trimEnd()}…`;
}
