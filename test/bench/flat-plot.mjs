/** The samples of `flat.mjs` as a small SVG: memory and store over the number of runs. */

const WIDTH = 720;
const HEIGHT = 320;
const LEFT = 56;
const RIGHT = 150;
const TOP = 36;
const BOTTOM = 40;
const series = [
  { key: "rssMiB", name: "resident", colour: "#8250df" },
  { key: "heapMiB", name: "heap", colour: "#1a7f37" },
  { key: "storeMiB", name: "store", colour: "#0969da" },
];

/** @returns {string} the SVG */
export function plotOf(samples, { title, storeName }) {
  const runsMax = samples.at(-1).runs;
  const mibMax = niceMax(Math.max(...samples.flatMap((one) => series.map(({ key }) => one[key]))));
  const x = (runs) => LEFT + (runs / runsMax) * (WIDTH - LEFT - RIGHT);
  const y = (mib) => HEIGHT - BOTTOM - (mib / mibMax) * (HEIGHT - TOP - BOTTOM);
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#ffffff"/>`,
    `<text x="${LEFT}" y="20" font-size="14">${title}: ${runsMax.toLocaleString("en-US")} runs in ${samples.at(-1).seconds.toFixed(0)} s</text>`,
  ];
  for (let i = 0; i <= 4; i++) {
    const mib = (mibMax / 4) * i;
    parts.push(
      `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y(mib)}" y2="${y(mib)}" stroke="#d0d7de"/>`,
      `<text x="${LEFT - 6}" y="${y(mib) + 4}" text-anchor="end">${mib}</text>`,
    );
    const runs = Math.round((runsMax / 4) * i);
    parts.push(`<text x="${x(runs)}" y="${HEIGHT - BOTTOM + 18}" text-anchor="middle">${shortOf(runs)}</text>`);
  }
  parts.push(`<text x="${LEFT - 40}" y="${TOP - 4}">MiB</text>`);
  for (const [i, { key, name, colour }] of series.entries()) {
    const points = samples.map((one) => `${x(one.runs).toFixed(1)},${y(one[key]).toFixed(1)}`).join(" ");
    const text = key === "storeMiB" ? storeName : name;
    const top = TOP + 10 + i * 34;
    parts.push(
      `<polyline points="${points}" fill="none" stroke="${colour}" stroke-width="2"/>`,
      `<text x="${WIDTH - RIGHT + 8}" y="${top}" fill="${colour}">${text}</text>`,
      `<text x="${WIDTH - RIGHT + 8}" y="${top + 14}" fill="${colour}">${samples.at(-1)[key].toFixed(0)} MiB at the end</text>`,
    );
  }
  parts.push("</svg>");
  return `${parts.join("\n")}\n`;
}

function niceMax(value) {
  const step = 10 ** Math.floor(Math.log10(value));
  return Math.ceil(value / step) * step;
}

function shortOf(runs) {
  return runs >= 1_000_000 ? `${(runs / 1_000_000).toFixed(1)} M` : `${Math.round(runs / 1000)} k`;
}
