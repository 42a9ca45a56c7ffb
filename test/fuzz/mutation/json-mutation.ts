import { byteMutated } from "./byte-mutation.ts";
import { pick } from "../random.ts";
import type { Random } from "../random.ts";

const hostileTexts = [
  "null",
  "true",
  "0",
  "-1",
  "1e999",
  "9007199254740993",
  '""',
  '"__proto__"',
  '"\\ud800"',
  '"1e3"',
  '"*.>"',
  "[]",
  "{}",
  '{"__proto__":{"x":1}}',
  '{"constructor":{"prototype":{"x":1}}}',
  '{"toString":1,"valueOf":2,"then":3}',
];
const DEEP = 3_000;

/** A text, most often JSON, with some of its values exchanged, or changed in its bytes. */
export function jsonMutated(corpus: readonly Uint8Array[], random: Random): Uint8Array {
  const original = pick(random, corpus);
  if (random(3) === 0) return byteMutated(original, pick(random, corpus), random);
  let text = Buffer.from(original).toString();
  for (let i = 1 + random(3); i > 0; i--) text = exchanged(text, random);
  return new Uint8Array(Buffer.from(text));
}

/** Values as they stand in a text, and names with what follows them. */
const VALUE = /"(?:[^"\\]|\\.)*"(?:\s*:)?|-?\d[\d.eE+-]*|true|false|null|[{[]/g;

function exchanged(text: string, random: Random): string {
  const places = [...text.matchAll(VALUE)];
  const place = places.length === 0 ? undefined : pick(random, places);
  if (place === undefined) return text + pick(random, hostileTexts);
  const [found] = place;
  const isName = found.endsWith(":");
  const before = text.slice(0, place.index);
  const after = text.slice(place.index + found.length);
  if (isName) return before + pick(random, ['"__proto__":', '"error":', '"seq":', '"message":', '"x":', ""]) + after;
  if (random(60) === 0) return `${before}${"[".repeat(DEEP)}${after}`;
  return before + pick(random, hostileTexts) + after;
}
