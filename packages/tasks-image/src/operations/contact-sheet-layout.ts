import type { ContactSheetInput } from "../contracts/contact-sheet.ts";
import { FONT_FAMILY, escapeXml, fitText } from "./lettering.ts";

const CELL_SIZE = 240;

/** The square of one picture, in pixels from the sheet's upper left corner. */
export interface CellPlace {
  readonly left: number;
  readonly top: number;
  readonly size: number;
}

/** Where everything on a sheet goes, in pixels. */
export interface SheetLayout {
  readonly width: number;
  readonly height: number;
  readonly gap: number;
  readonly captionHeight: number;
  /** 0 where there is no title. */
  readonly titleHeight: number;
  readonly columns: number;
  /** One entry a picture, in their order. */
  readonly cells: readonly CellPlace[];
}

export function sheetLayout(input: ContactSheetInput): SheetLayout {
  const count = input.pictures.length;
  const size = input.cellSize ?? CELL_SIZE;
  const columns = Math.min(count, input.columns ?? Math.ceil(Math.sqrt(count * 1.4)));
  const rows = Math.ceil(count / columns);
  const gap = Math.round(size * 0.1);
  const captionHeight = input.pictures.some((entry) => entry.caption) ? Math.round(size * 0.14) : 0;
  const titleHeight = input.title ? Math.round(size * 0.3) : 0;
  const rowHeight = size + captionHeight + gap;
  return {
    width: columns * (size + gap) + gap,
    height: titleHeight + rows * rowHeight + gap,
    gap,
    captionHeight,
    titleHeight,
    columns,
    cells: input.pictures.map((_, index) => ({
      left: gap + (index % columns) * (size + gap),
      top: titleHeight + gap + Math.floor(index / columns) * rowHeight,
      size,
    })),
  };
}

const COLOURS = {
  light: { paper: "#f6f5f2", cell: "#ebe9e4", title: "#22211f", caption: "#5d5a55" },
  dark: { paper: "#17181b", cell: "#212327", title: "#f1f1ef", caption: "#a9adb5" },
} as const;

/** Everything on the sheet but the pictures, as an SVG: paper, cells, title, captions. */
export function sheetDrawing(input: ContactSheetInput, layout: SheetLayout): string {
  const { width, height, gap, titleHeight, captionHeight } = layout;
  const colours = COLOURS[input.theme ?? "light"];
  const parts = [`<rect width="${width}" height="${height}" fill="${colours.paper}"/>`];
  if (input.title) {
    const px = Math.round(titleHeight * 0.42);
    const title = fitText(input.title, (width - 2 * gap) / px);
    parts.push(
      text(title, {
        x: gap,
        y: gap + Math.round(titleHeight * 0.6),
        px,
        anchor: "start",
        fill: colours.title,
        weight: 700,
      }),
    );
  }
  const px = Math.round(captionHeight * 0.5);
  for (const [index, { left, top, size }] of layout.cells.entries()) {
    parts.push(
      `<rect x="${left}" y="${top}" width="${size}" height="${size}" rx="${Math.round(size * 0.02)}" fill="${colours.cell}"/>`,
    );
    const entry = input.pictures[index];
    if (entry?.source === undefined) parts.push(cross({ left, top, size }, colours.caption));
    if (!entry?.caption) continue;
    const shown = fitText(entry.caption, size / px);
    parts.push(
      text(shown, {
        x: left + size / 2,
        y: top + size + Math.round(captionHeight * 0.75),
        px,
        anchor: "middle",
        fill: colours.caption,
        weight: 400,
      }),
    );
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${parts.join("\n")}</svg>`;
}

function cross({ left, top, size }: CellPlace, colour: string): string {
  const [x, y, reach] = [left + size / 2, top + size / 2, size * 0.12];
  const lines = `M${x - reach} ${y - reach}l${2 * reach} ${2 * reach}m0 ${-2 * reach}l${-2 * reach} ${2 * reach}`;
  return `<path d="${lines}" stroke="${colour}" stroke-width="${size * 0.02}" stroke-linecap="round" opacity="0.7"/>`;
}

function text(
  content: string,
  style: { x: number; y: number; px: number; anchor: "start" | "middle"; fill: string; weight: 400 | 700 },
): string {
  return `<text x="${style.x}" y="${style.y}" text-anchor="${style.anchor}" font-family="${FONT_FAMILY}" font-size="${style.px}" font-weight="${style.weight}" fill="${style.fill}">${escapeXml(content)}</text>`;
}
