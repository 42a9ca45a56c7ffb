/** A drawing, as an SVG of its own size. The same on every machine and in every run. */
export interface Scene {
  readonly width: number;
  readonly height: number;
  readonly svg: string;
}

export const scenes = {
  harbour: (): Scene => {
    const random = randomFrom(7);
    const glints = times(70, () => {
      const y = 500 + random() ** 1.6 * 290;
      const reach = 20 + (y - 480) * 0.5 * random();
      return `<rect x="${(600 - reach + (random() - 0.5) * 160).toFixed(1)}" y="${y.toFixed(1)}" width="${(2 * reach).toFixed(1)}" height="${(2 + (y - 480) / 60).toFixed(1)}" rx="2" fill="#ffd9a0" opacity="${(0.25 + random() * 0.4).toFixed(2)}"/>`;
    });
    const boat = (x: number, y: number, scale: number) =>
      `<g transform="translate(${x} ${y}) scale(${scale})" fill="#1b1838"><path d="M-60 0h120l-18 26h-84z"/><path d="M-3 -150h6v150h-6z"/><path d="M8 -140q70 70 52 130h-52z" opacity=".92"/><path d="M-8 -120q-44 60 -40 108h40z" opacity=".8"/></g>`;
    return drawing(1200, 800, [
      gradient("sky", ["#241f4d", "#6b3f7c", "#e0677a", "#ffb37a"]),
      gradient("sea", ["#d8707c", "#5a3a72", "#1d1a40"]),
      `<rect width="1200" height="500" fill="url(#sky)"/><circle cx="600" cy="492" r="92" fill="#ffe3b0"/>`,
      `<path d="${ridge(11, 500, 40, 1200)}V500H0z" fill="#3a2a5c" opacity=".7"/><rect y="492" width="1200" height="308" fill="url(#sea)"/>`,
      ...glints,
      boat(270, 610, 1.15),
      boat(930, 560, 0.7),
      boat(1040, 680, 1.5),
    ]);
  },
  mountains: (): Scene => {
    const colours = ["#b7cfe4", "#8fb3d1", "#5f8fb5", "#3b6c92", "#234c6c", "#132f47"];
    return drawing(1500, 1000, [
      gradient("sky", ["#ffe9d6", "#ffd3c2", "#dfe8f2"]),
      `<rect width="1500" height="1000" fill="url(#sky)"/><circle cx="1080" cy="270" r="74" fill="#fff6e6"/>`,
      ...colours.map(
        (colour, at) => `<path d="${ridge(31 + at, 470 + at * 92, 130 - at * 12, 1500)}V1000H0z" fill="${colour}"/>`,
      ),
    ]);
  },
  dunes: (): Scene =>
    drawing(1400, 900, [
      gradient("sky", ["#1f6f8b", "#7fc4c9", "#fbe6c2"]),
      gradient("sun", ["#f3b562", "#b5652f"]),
      gradient("shade", ["#c77a3c", "#6e3520"]),
      `<rect width="1400" height="900" fill="url(#sky)"/><circle cx="300" cy="230" r="60" fill="#fff4d6"/>`,
      `<path d="M0 520C300 420 520 430 760 520S1200 560 1400 470V900H0z" fill="url(#sun)" opacity=".75"/>`,
      `<path d="M0 640C260 520 420 500 640 610C820 700 1040 560 1400 640V900H0z" fill="url(#sun)"/>`,
      `<path d="M640 610C560 690 640 800 520 900H1400V640C1040 560 820 700 640 610z" fill="url(#shade)"/>`,
      `<path d="M0 780C200 720 380 770 520 900H0z" fill="url(#shade)" opacity=".85"/>`,
      ...times(
        5,
        (at) =>
          `<g transform="translate(${820 + at * 62} ${596 + at * 6}) scale(.8)" fill="#3b1d14"><ellipse cx="0" cy="0" rx="17" ry="9"/><circle cx="2" cy="-11" r="9"/><path d="M14 -2q12 -18 20 -18l3 5q-8 1 -16 18z"/><path d="M-14 4l-2 24h3l4 -22zM10 4l2 24h3l0 -24z"/></g>`,
      ),
    ]),
  city: (): Scene => {
    const random = randomFrom(99);
    const stars = times(
      120,
      () =>
        `<circle cx="${(random() * 1600).toFixed(1)}" cy="${(random() * 420).toFixed(1)}" r="${(0.6 + random() * 1.6).toFixed(1)}" fill="#fff" opacity="${(0.3 + random() * 0.6).toFixed(2)}"/>`,
    );
    const houses: string[] = [];
    for (const [base, colour, lit] of [
      [520, "#232a55", 0.16],
      [600, "#161b3d", 0.3],
    ] as const) {
      for (let x = -20; x < 1600;) {
        const width = 60 + Math.floor(random() * 90);
        const top = base - Math.floor(random() * 260);
        houses.push(`<rect x="${x}" y="${top}" width="${width}" height="${920 - top}" fill="${colour}"/>`);
        for (let wx = x + 10; wx < x + width - 14; wx += 18)
          for (let wy = top + 14; wy < 880; wy += 24)
            if (random() < lit)
              houses.push(
                `<rect x="${wx}" y="${wy}" width="8" height="12" fill="${random() < 0.8 ? "#ffd98a" : "#9ad4ff"}" opacity=".9"/>`,
              );
        x += width + Math.floor(random() * 14);
      }
    }
    return drawing(1600, 900, [
      gradient("sky", ["#080b24", "#1c2159", "#5b3b7a"]),
      `<rect width="1600" height="900" fill="url(#sky)"/>`,
      ...stars,
      `<circle cx="1290" cy="170" r="62" fill="#f5f0dc"/><circle cx="1266" cy="158" r="54" fill="#141a49" opacity=".85"/>`,
      ...houses,
    ]);
  },
  poppies: (): Scene => {
    const random = randomFrom(5);
    const flowers = times(190, (at) => {
      const depth = at / 190;
      const x = random() * 1400;
      const y = 420 + depth ** 1.8 * 500;
      const size = 5 + depth * 34;
      const red = ["#e5383b", "#d62828", "#f25c54"][Math.floor(random() * 3)];
      return `<path d="M${x.toFixed(0)} ${y.toFixed(0)}q${(size * 0.3).toFixed(0)} ${size.toFixed(0)} 0 ${(size * 3).toFixed(0)}" stroke="#3f6b2f" stroke-width="${(1 + depth * 4).toFixed(1)}" fill="none"/><ellipse cx="${x.toFixed(0)}" cy="${y.toFixed(0)}" rx="${size.toFixed(0)}" ry="${(size * 0.72).toFixed(0)}" fill="${red}"/><circle cx="${x.toFixed(0)}" cy="${(y - size * 0.1).toFixed(0)}" r="${(size * 0.24).toFixed(0)}" fill="#2b1414"/>`;
    });
    return drawing(1400, 934, [
      gradient("sky", ["#6cb4ee", "#cfe8fb", "#fef6e4"]),
      gradient("field", ["#8fb96a", "#4f7f3a", "#2f5526"]),
      `<rect width="1400" height="420" fill="url(#sky)"/><path d="${ridge(3, 400, 50, 1400)}V934H0z" fill="#79a05c"/><rect y="404" width="1400" height="530" fill="url(#field)"/>`,
      ...flowers,
    ]);
  },
  aurora: (): Scene => {
    const random = randomFrom(42);
    const curtains = times(26, (at) => {
      const x = 60 + at * 54 + random() * 30;
      const top = 60 + random() * 120;
      return `<path d="M${x.toFixed(0)} ${top.toFixed(0)}q${(random() * 60 - 30).toFixed(0)} 200 ${(random() * 80 - 40).toFixed(0)} ${(380 + random() * 120).toFixed(0)}" stroke="url(#light)" stroke-width="${(26 + random() * 60).toFixed(0)}" opacity="${(0.25 + random() * 0.45).toFixed(2)}" fill="none"/>`;
    });
    const pines = times(60, () => {
      const x = random() * 1500;
      const size = 60 + random() * 130;
      return `<path d="M${x.toFixed(0)} ${(950 - size * 1.5).toFixed(0)}l${(size * 0.28).toFixed(0)} ${(size * 1.5).toFixed(0)}h-${(size * 0.56).toFixed(0)}z" fill="#04100f"/>`;
    });
    return drawing(1500, 1000, [
      gradient("sky", ["#050818", "#0b2038", "#12414a"]),
      `<linearGradient id="light" gradientUnits="userSpaceOnUse" x1="0" y1="60" x2="0" y2="620"><stop offset="0" stop-color="#a06bff" stop-opacity="0"/><stop offset=".35" stop-color="#5ef2c0"/><stop offset="1" stop-color="#2bd99f" stop-opacity="0"/></linearGradient><filter id="soft" x="-20%" y="-20%" width="140%" height="140%"><feGaussianBlur stdDeviation="16"/></filter>`,
      `<rect width="1500" height="1000" fill="url(#sky)"/>`,
      ...times(
        140,
        () =>
          `<circle cx="${(random() * 1500).toFixed(0)}" cy="${(random() * 640).toFixed(0)}" r="${(0.5 + random() * 1.5).toFixed(1)}" fill="#fff" opacity=".7"/>`,
      ),
      `<g filter="url(#soft)">${curtains.join("")}</g>`,
      `<path d="${ridge(8, 860, 60, 1500)}V1000H0z" fill="#06191a"/>`,
      ...pines,
    ]);
  },
  lighthouse: (): Scene =>
    drawing(800, 1200, [
      gradient("sky", ["#14284b", "#3f6a8a", "#f2b880"]),
      gradient("sea", ["#2e5c78", "#0f2438"]),
      `<rect width="800" height="900" fill="url(#sky)"/><path d="M392 318L-40 190V420z" fill="#fff2c2" opacity=".28"/><path d="M408 318L840 210V400z" fill="#fff2c2" opacity=".2"/>`,
      `<rect y="850" width="800" height="350" fill="url(#sea)"/><path d="M120 1010Q220 850 400 840T690 1000Q760 1100 800 1200H0Q60 1090 120 1010z" fill="#1c1a20"/>`,
      `<path d="M346 380h108l34 480H312z" fill="#f6f1e7"/><path d="M339 480h122l8 100H331zM324 690h152l8 100H316z" fill="#c8473d"/>`,
      `<rect x="334" y="360" width="132" height="22" fill="#22232b"/><rect x="358" y="286" width="84" height="74" fill="#ffe9a8"/><path d="M350 290h100l-50 -56z" fill="#22232b"/><rect x="384" y="800" width="34" height="60" rx="17" fill="#3b2d2a"/>`,
    ]),
  balloons: (): Scene => {
    const balloon = (x: number, y: number, scale: number, colours: readonly [string, string]) =>
      `<g transform="translate(${x} ${y}) scale(${scale})"><path d="M0 -150c95 0 140 70 140 140c0 80 -80 130 -110 190h-60c-30 -60 -110 -110 -110 -190c0 -70 45 -140 140 -140z" fill="${colours[0]}"/><path d="M0 -150c46 0 62 70 62 140c0 80 -32 130 -44 190h-36c-12 -60 -44 -110 -44 -190c0 -70 16 -140 62 -140z" fill="${colours[1]}"/><path d="M-24 186l-6 44M24 186l6 44" stroke="#4a3a2a" stroke-width="3"/><rect x="-32" y="230" width="64" height="44" rx="8" fill="#7a5230"/></g>`;
    return drawing(900, 1200, [
      gradient("sky", ["#4aa3df", "#a9d8f5", "#fdf1dc"]),
      `<rect width="900" height="1200" fill="url(#sky)"/>`,
      ...[
        [160, 300, 1],
        [620, 180, 0.8],
        [500, 760, 1.2],
      ].map(
        ([x = 0, y = 0, s = 1]) =>
          `<g transform="translate(${x} ${y}) scale(${s})" fill="#fff" opacity=".8"><ellipse rx="120" ry="30"/><ellipse cx="-40" cy="-22" rx="60" ry="34"/><ellipse cx="40" cy="-16" rx="50" ry="28"/></g>`,
      ),
      balloon(300, 520, 1.25, ["#e76f51", "#f4a261"]),
      balloon(660, 380, 0.7, ["#2a9d8f", "#8ad6c4"]),
      balloon(690, 830, 0.5, ["#6d597a", "#b56576"]),
      `<path d="${ridge(17, 1080, 50, 900)}V1200H0z" fill="#5c8a4c"/><path d="${ridge(23, 1130, 40, 900)}V1200H0z" fill="#3f6b3a"/>`,
    ]);
  },
  poster: (): Scene =>
    drawing(1000, 1250, [
      `<rect width="1000" height="1250" fill="#f3ead7"/><circle cx="360" cy="400" r="250" fill="#d1402f"/><path d="M500 150h360v500h-360z" fill="#1f3b5c"/><path d="M500 150a250 250 0 0 1 0 500z" fill="#7a1f26"/>`,
      `<path d="M140 1090L520 700L900 1090z" fill="#e5a823"/><circle cx="740" cy="880" r="110" fill="#1f3b5c"/>`,
      ...times(9, (at) => `<rect x="140" y="${720 + at * 24}" width="${250 - at * 22}" height="8" fill="#22211f"/>`),
    ]),
  paperBoat: (): Scene =>
    drawing(900, 900, [
      `<ellipse cx="450" cy="690" rx="300" ry="36" fill="#20445e" opacity=".25"/>`,
      `<path d="M110 470L330 690H570L790 470L450 520z" fill="#f4f7fb"/><path d="M110 470L330 690H450V520z" fill="#d7e1ec"/><path d="M450 170L270 495L450 522z" fill="#ffffff"/><path d="M450 170L630 495L450 522z" fill="#c3d1e0"/>`,
      `<path d="M110 470L330 690H570L790 470" fill="none" stroke="#9fb3c8" stroke-width="4"/>`,
    ]),
  leaf: (): Scene =>
    drawing(1000, 1000, [
      gradient("green", ["#8fd175", "#2f8f4e", "#14532d"]),
      `<path d="M500 60C860 190 930 560 540 900C500 940 480 940 460 900C70 560 140 190 500 60z" fill="url(#green)"/>`,
      ...times(7, (at) => {
        const y = 230 + at * 84;
        const reach = 250 - Math.abs(at - 2.4) * 34;
        return `<path d="M500 ${y + 60}Q${500 + reach / 2} ${y} ${500 + reach} ${y - 40}M500 ${y + 60}Q${500 - reach / 2} ${y} ${500 - reach} ${y - 40}" stroke="#d9f2c4" stroke-width="7" fill="none" opacity=".7"/>`;
      }),
      `<path d="M500 110V960" stroke="#e8f8da" stroke-width="12" stroke-linecap="round"/>`,
    ]),
  stamp: (): Scene =>
    drawing(120, 120, [
      `<rect width="120" height="120" fill="#fdf6e3"/><rect x="8" y="8" width="104" height="104" fill="none" stroke="#b5483a" stroke-width="4" stroke-dasharray="6 4"/><path d="M30 84q30 -70 60 0z" fill="#2a7f86"/><circle cx="78" cy="38" r="11" fill="#e5a823"/>`,
    ]),
};

/** One frame of a small animation: a ring that grows. `part` goes from 0 to 1. */
export function pulseFrame(part: number): Scene {
  return drawing(240, 240, [
    `<rect width="240" height="240" fill="#101935"/>`,
    ...times(3, (at) => {
      const grown = (part + at / 3) % 1;
      return `<circle cx="120" cy="120" r="${(12 + grown * 96).toFixed(1)}" fill="none" stroke="#5ef2c0" stroke-width="${(10 - grown * 8).toFixed(1)}" opacity="${(1 - grown).toFixed(2)}"/>`;
    }),
    `<circle cx="120" cy="120" r="12" fill="#f4f7fb"/>`,
  ]);
}

function drawing(width: number, height: number, parts: readonly string[]): Scene {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">${parts.join("")}</svg>`;
  return { width, height, svg };
}

/** From top to bottom. */
function gradient(id: string, colours: readonly string[]): string {
  const stops = colours.map((colour, at) => `<stop offset="${at / (colours.length - 1)}" stop-color="${colour}"/>`);
  return `<linearGradient id="${id}" x1="0" y1="0" x2="0" y2="1">${stops.join("")}</linearGradient>`;
}

/** The upper edge of a row of hills, from left to right, as the beginning of a path. */
function ridge(seed: number, base: number, height: number, width: number): string {
  const random = randomFrom(seed);
  const waves = times(5, (at) => ({
    length: width / (1.3 + at * 1.9),
    shift: random() * 6.3,
    size: height / (1 + at * 1.1),
  }));
  const points = times(61, (at) => {
    const x = (at / 60) * width;
    const y = waves.reduce((sum, wave) => sum + Math.sin((x / wave.length) * 6.28 + wave.shift) * wave.size, base);
    return `${x.toFixed(0)} ${y.toFixed(0)}`;
  });
  return `M${points.join("L")}`;
}

function times<T>(count: number, make: (at: number) => T): T[] {
  return Array.from({ length: count }, (_, at) => make(at));
}

/** A Lehmer generator: numbers from 0 to 1 that follow from the seed. */
function randomFrom(seed: number): () => number {
  let state = seed * 7_919 + 1;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}
