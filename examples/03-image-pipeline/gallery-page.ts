import type { Album, BrokenPicture, PublishedPicture } from "./album.ts";
import { sizeText } from "./size-text.ts";

const FOOTER = "<footer>Made by an Arpeggio workflow.</footer>";

/** Whether a page is one of these, and may be replaced by another one. */
export function isGalleryPage(html: string): boolean {
  return html.includes(FOOTER);
}

/** The page, as HTML that needs nothing but the pictures beside it. `link` makes a relative address of a path. */
export function galleryPage(album: Album, link: (path: string) => string): string {
  const { published, broken } = album;
  const cards = published.map((picture) => card(picture, link)).join("\n");
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Gallery, ${count(published.length, "picture")}</title>
<style>${STYLE}</style>
</head>
<body>
<header>
<h1>Gallery</h1>
<p>${count(published.length, "picture")}${broken.length > 0 ? `, <a href="#broken">${broken.length} left out</a>` : ""}
 · <a href="contact-sheet.jpg">contact sheet</a> · <a href="manifest.json">manifest</a></p>
</header>
<main>
${cards}
</main>
${broken.length > 0 ? brokenList(broken) : ""}
${FOOTER}
</body>
</html>
`;
}

function card(picture: PublishedPicture, link: (path: string) => string): string {
  const { facts, thumbnail, web, marked } = picture;
  const address = (made: { source: PublishedPicture["web"]["source"] }) =>
    "path" in made.source ? escapeHtml(link(made.source.path)) : "";
  const title = escapeHtml(picture.title);
  return `<article>
<a class="picture" href="${address(web)}"><img src="${address(thumbnail)}" width="${thumbnail.width}" height="${thumbnail.height}" alt="${title}" loading="lazy"></a>
<h2>${title}</h2>
<p>${facts.width} × ${facts.height} · ${facts.format.toUpperCase()}${pagesText(facts)} · ${sizeText(facts.sizeBytes)}</p>
${exifLines(picture)}<p class="links"><a href="${address(web)}">web, ${sizeText(web.sizeBytes)}</a> <a href="${address(marked)}">watermarked, ${sizeText(marked.sizeBytes)}</a></p>
</article>`;
}

function pagesText({ format, pages }: PublishedPicture["facts"]): string {
  if (pages === 1) return "";
  return format === "gif" || format === "webp" ? `, ${pages} frames` : `, the first of ${pages}`;
}

function exifLines({ exif }: PublishedPicture): string {
  const exposure = [
    exif.exposureSeconds === null ? "" : exposureText(exif.exposureSeconds),
    exif.aperture === null ? "" : `f/${exif.aperture}`,
    exif.iso === null ? "" : `ISO ${exif.iso}`,
    exif.focalLengthMm === null ? "" : `${exif.focalLengthMm} mm`,
  ].filter((part) => part !== "");
  const lines = [
    [exif.camera ?? "", exif.takenAt?.slice(0, 10) ?? ""].filter((part) => part !== "").join(" · "),
    [...exposure, ...(exif.hasLocation ? ["geotagged"] : [])].join(" · "),
  ].filter((line) => line !== "");
  return lines.map((line) => `<p class="exif">${escapeHtml(line)}</p>\n`).join("");
}

function exposureText(seconds: number): string {
  return seconds < 1 ? `1/${Math.round(1 / seconds)} s` : `${seconds} s`;
}

function brokenList(broken: readonly BrokenPicture[]): string {
  const rows = broken.map(
    ({ name, code, reason }) =>
      `<li><b>${escapeHtml(name)}</b> ${escapeHtml(reason)} <code>${escapeHtml(code)}</code></li>`,
  );
  return `<section id="broken">
<h2>Left out</h2>
<ul>
${rows.join("\n")}
</ul>
</section>`;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

const STYLE = `
:root { --paper: #f7f6f3; --card: #ffffff; --ink: #22211f; --quiet: #6b6862; --line: #e4e1da; --accent: #0b6e76; }
@media (prefers-color-scheme: dark) {
  :root { --paper: #141518; --card: #1d1f24; --ink: #ececea; --quiet: #9a9da5; --line: #2c2f36; --accent: #62c8cf; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 84rem; padding: 2rem clamp(1rem, 4vw, 3rem); background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, sans-serif; }
a { color: var(--accent); text-decoration-thickness: 1px; text-underline-offset: 3px; }
h1 { margin: 0; font-size: 2rem; letter-spacing: -0.02em; }
header p { margin: 0.25rem 0 2rem; color: var(--quiet); }
main { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 16rem), 1fr)); gap: 1.5rem; }
article { display: flex; flex-direction: column; background: var(--card); border: 1px solid var(--line); border-radius: 10px;
  overflow: hidden; padding-bottom: 0.9rem; }
article h2 { margin: 0.8rem 1rem 0.1rem; font-size: 1.05rem; }
article p { margin: 0 1rem; color: var(--quiet); font-size: 0.85rem; }
article .links { display: flex; flex-wrap: wrap; gap: 0 1rem; margin-top: auto; padding-top: 0.5rem; }
.picture { display: grid; place-items: center; aspect-ratio: 1; background: var(--line); }
.picture img { width: 100%; height: 100%; object-fit: scale-down; transition: opacity 0.2s; }
.picture img[width="480"] { object-fit: cover; }
.picture:hover img { opacity: 0.88; }
.picture:focus-visible { outline: 3px solid var(--accent); outline-offset: -3px; }
section { margin-top: 3rem; }
section h2 { font-size: 1.2rem; }
section ul { margin: 0; padding: 0; list-style: none; }
section li { padding: 0.6rem 0; border-top: 1px solid var(--line); overflow-wrap: anywhere; }
section b { margin-right: 0.5rem; }
code { color: var(--quiet); font-size: 0.8rem; }
footer { margin-top: 3rem; color: var(--quiet); font-size: 0.85rem; }
`;
