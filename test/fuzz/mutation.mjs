/** Random numbers of one seed: mulberry32. @param {number} seed */
export function randomOf(seed) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  /** A whole number below `end`. */
  return (end) => Math.floor(next() * end);
}

const lengthMarkers = [0xc4, 0xc5, 0xc6, 0xc7, 0xc8, 0xc9, 0xd9, 0xda, 0xdb, 0xdc, 0xdd, 0xde, 0xdf];
const proto = [0xa9, ...Buffer.from("__proto__")];
const fixedExtensions = [0xd4, 0xd5, 0xd6, 0xd7, 0xd8];

/** What can be done to a record. Each takes the bytes as a list, and may give another list. */
const mutations = [
  function flipBits(bytes, random) {
    for (let i = 1 + random(4); i > 0; i--) bytes[random(bytes.length)] ^= 1 << random(8);
  },
  function overwrite(bytes, random) {
    for (let i = 1 + random(8); i > 0; i--) bytes[random(bytes.length)] = random(256);
  },
  function truncate(bytes, random) {
    bytes.length = random(bytes.length);
  },
  function insertNoise(bytes, random) {
    bytes.splice(random(bytes.length + 1), 0, ...Array.from({ length: 1 + random(16) }, () => random(256)));
  },
  function removeSome(bytes, random) {
    bytes.splice(random(bytes.length), 1 + random(8));
  },
  function spliceOther(bytes, random, other) {
    return [...bytes.slice(0, random(bytes.length)), ...other.slice(random(other.length))];
  },
  function nestDeeply(bytes, random) {
    const depth = 1 + random(random(8) === 0 ? 5_000 : 50);
    const level = random(2) === 0 ? [0x91] : [0x81, 0xa1, 0x61];
    bytes.splice(random(bytes.length + 1), 0, ...Array.from({ length: depth }, () => level).flat());
  },
  function claimGiantLength(bytes, random) {
    const marker = lengthMarkers[random(lengthMarkers.length)];
    bytes.splice(random(bytes.length + 1), 0, marker, ...Array.from({ length: 1 + random(4) }, () => 255 - random(3)));
  },
  function addExtension(bytes, random) {
    const marker = fixedExtensions[random(fixedExtensions.length)];
    const data = Array.from({ length: 2 ** (marker - 0xd4) }, () => random(256));
    bytes.splice(random(bytes.length + 1), 0, marker, random(256), ...data);
  },
  function addPrototype(bytes, random) {
    bytes.splice(random(bytes.length + 1), 0, 0x81, ...proto, 0x81, 0xa1, 0x78, 0x01);
  },
  function onlyNoise(_bytes, random) {
    return Array.from({ length: random(200) }, () => random(256));
  },
];

/** A record that is not what it was, or is nothing at all. Every second one says of itself that it is whole. */
export function mutated(corpus, random) {
  const pick = () => corpus[random(corpus.length)];
  const original = pick();
  let bytes = Array.from(original);
  for (let i = 1 + random(3); i > 0; i--) {
    if (bytes.length === 0) break;
    const other = Array.from(pick());
    bytes = mutations[random(mutations.length)](bytes, random, other) ?? bytes;
  }
  const whole = Uint8Array.from(bytes);
  if (whole.length >= 6 && random(2) === 0) {
    new DataView(whole.buffer).setUint32(0, whole.length - 4);
    whole[4] = 1;
    whole[5] = original[5];
  }
  return whole;
}
