import { pathToFileURL } from "node:url";
import type { GalleryReport } from "./album.ts";
import { sizeText } from "./size-text.ts";

/** What a run came to, as a table for a terminal. */
export function summaryText(report: GalleryReport, run: { readonly sheet: string; readonly seconds: number }): string {
  const { published, broken, variants } = report;
  const rows: [string, string][] = [
    ["pictures", `${published + broken.length}: ${published} in the gallery, ${broken.length} broken`],
    ["variants", `${variants}: thumbnail, web size and watermark of each`],
    ["bytes", `${sizeText(report.bytesIn)} read, ${sizeText(report.bytesOut)} written`],
    ["time", `${run.seconds.toFixed(1)} s`],
  ];
  const lines = rows.map(([name, value]) => `  ${name.padEnd(10)}${value}`);
  if (broken.length > 0) {
    const widest = Math.max(...broken.map((one) => one.name.length));
    lines.push("", "  broken");
    for (const one of broken) lines.push(`    ${one.name.padEnd(widest)}  ${one.reason} (${one.code})`);
  }
  lines.push(
    "",
    `  look at   ${pathToFileURL(report.page).href}`,
    `            ${run.sheet}`,
    `            ${report.manifest}`,
  );
  return `\n${lines.join("\n")}\n`;
}
