import { hostileValue } from "./hostile-values.ts";
import { pick } from "../random.ts";
import type { Random } from "../random.ts";

type Mutation = (bytes: number[], random: Random, other: Uint8Array) => number[] | undefined;

/** What can be done to bytes. Each may change the list, or give another one. */
const mutations: readonly Mutation[] = [
  function flipBits(bytes, random) {
    for (let i = 1 + random(4); i > 0; i--) change(bytes, random(bytes.length), (byte) => byte ^ (1 << random(8)));
    return undefined;
  },
  function overwrite(bytes, random) {
    for (let i = 1 + random(8); i > 0; i--) change(bytes, random(bytes.length), () => random(256));
    return undefined;
  },
  function truncate(bytes, random) {
    return bytes.slice(0, random(bytes.length));
  },
  function insertNoise(bytes, random) {
    bytes.splice(random(bytes.length + 1), 0, ...Array.from({ length: 1 + random(16) }, () => random(256)));
    return undefined;
  },
  function insertValue(bytes, random) {
    bytes.splice(random(bytes.length + 1), 0, ...hostileValue(random));
    return undefined;
  },
  function removeSome(bytes, random) {
    bytes.splice(random(bytes.length), 1 + random(8));
    return undefined;
  },
  function splice(bytes, random, other) {
    return [...bytes.slice(0, random(bytes.length)), ...other.slice(random(other.length))];
  },
  function append(bytes, _random, other) {
    return [...bytes, ...other];
  },
  function repeatSome(bytes, random) {
    const from = random(bytes.length);
    const part = bytes.slice(from, from + 1 + random(16));
    return [
      ...bytes.slice(0, from),
      ...Array.from({ length: 1 + random(20) }, () => part).flat(),
      ...bytes.slice(from),
    ];
  },
  function onlyNoise(_bytes, random) {
    return Array.from({ length: random(200) }, () => random(256));
  },
];

function change(bytes: number[], place: number, to: (byte: number) => number): void {
  bytes[place] = to(bytes[place] as number);
}

/** Bytes that are not what they were, or are nothing at all. */
export function byteMutated(bytes: Uint8Array, other: Uint8Array, random: Random): Uint8Array {
  let changed = Array.from(bytes);
  for (let i = 1 + random(3); i > 0 && changed.length > 0; i--) {
    changed = pick(random, mutations)(changed, random, other) ?? changed;
  }
  return Uint8Array.from(changed);
}
