import { byteMutated } from "./byte-mutation.ts";
import { treeMutated } from "./tree-mutation.ts";
import { pick } from "../random.ts";
import type { Random } from "../random.ts";

/** A record of the corpus, changed in its parts or in its bytes, or in both. */
export function mutated(corpus: readonly Uint8Array[], random: Random): Uint8Array {
  const original = pick(random, corpus);
  const other = pick(random, corpus);
  const way = random(20);
  if (way < 10) return treeMutated(original, other, random);
  if (way < 12) return byteMutated(treeMutated(original, other, random), other, random);
  const bytes = byteMutated(original, other, random);
  return random(2) === 0 ? bytes : whole(bytes, original);
}

/** The bytes with a header that says of them that they are one frame of the original's kind. */
function whole(bytes: Uint8Array, original: Uint8Array): Uint8Array {
  if (bytes.length < 6) return bytes;
  new DataView(bytes.buffer).setUint32(0, bytes.length - 4);
  bytes[4] = original[4] as number;
  bytes[5] = original[5] as number;
  return bytes;
}
