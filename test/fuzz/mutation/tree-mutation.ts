import { hostileValue } from "./hostile-values.ts";
import { bytesOf, leaf, treeOf } from "./value-tree.ts";
import type { Tree } from "./value-tree.ts";
import { pick } from "../random.ts";
import type { Random } from "../random.ts";

/** A part of a tree: where it stands among the parts of what is around it. */
interface Slot {
  readonly parts: Tree[];
  readonly place: number;
}

const REPEATS_MAX = 2_000;

/** A sound message with some of its parts exchanged, taken out, repeated or wrapped; its lengths are right again. */
export function treeMutated(bytes: Uint8Array, other: Uint8Array, random: Random): Uint8Array {
  const root: Tree = { kind: "frame", head: new Uint8Array(0), parts: [treeOf(bytes)] };
  for (let i = random(3) === 0 ? 1 + random(4) : 1; i > 0; i--) mutateOne(root, other, random);
  return bytesOf(root.parts[0] ?? leaf(new Uint8Array(0)));
}

function mutateOne(root: Tree, other: Uint8Array, random: Random): void {
  const slots = slotsIn(root);
  if (slots.length === 0) return;
  const { parts, place } = pick(random, slots);
  const here = parts[place] as Tree;
  switch (random(12)) {
    case 0:
      parts.splice(place, 1);
      return;
    case 1:
      parts.splice(place, 0, here);
      return;
    case 2: {
      const there = pick(random, slots);
      parts[place] = copyOf(there);
      return;
    }
    case 3: {
      const others = slotsIn(treeOf(other));
      const there = others.length === 0 ? undefined : pick(random, others);
      if (there !== undefined) parts[place] = copyOf(there);
      return;
    }
    case 4:
      parts[place] = { kind: pick(random, ["list", "map", "bytes"] as const), parts: [here] };
      return;
    case 5:
      if (random(30) === 0) parts.splice(place, 0, ...Array.from({ length: random(REPEATS_MAX) }, () => here));
      else parts.push(leaf(hostileValue(random)));
      return;
    default:
      parts[place] = leaf(hostileValue(random));
  }
}

/** A copy: a part that stood in itself would have no end. */
function copyOf({ parts, place }: Slot): Tree {
  return treeOf(bytesOf(parts[place] as Tree));
}

/** Every part but the outermost. Those that repeat another count once for each place. */
function slotsIn(root: Tree): readonly Slot[] {
  const slots: Slot[] = [];
  const open: Tree[] = [root];
  for (let tree = open.pop(); tree !== undefined && slots.length < REPEATS_MAX; tree = open.pop()) {
    if (tree.kind === "leaf") continue;
    const { parts } = tree;
    for (const [place, part] of parts.entries()) {
      slots.push({ parts, place });
      open.push(part);
    }
  }
  return slots;
}
