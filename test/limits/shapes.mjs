import { any, chain, flow, ge, group, loop, map, settled, task } from "arpeggio";

const increment = task("shape.increment", (n) => n + 1);
const add = task("shape.add", ({ left, above }) => (left + above) % MODULUS);
const codeOf = task("shape.failure", ({ error }) => error.code);
/** Keeps the numbers of a lattice small: they double with every diagonal. */
const MODULUS = 1_000_003;

const times = (count, make) => Array.from({ length: count }, (_, i) => make(i));

/** Canvases of a size that can be chosen, each with the size's meaning, an input, and the result that it must have. */
export const shapes = {
  /** `size` steps one after another. */
  chain: (size) => ({ canvas: chain(...times(size, () => increment)), input: 0, expected: size, nodes: size }),

  /** Chains, groups and flows in each other, `size` levels deep, a step at each. */
  nested: (size) => {
    let canvas = increment;
    for (let level = 1; level < size; level++) canvas = around(canvas, level % 3);
    return { canvas, input: 0, expected: size, nodes: size };
  },

  /** `size` maps of one item in each other. */
  maps: (size) => {
    let [canvas, input, expected] = [increment, 0, 1];
    for (let level = 0; level < size; level++) [canvas, input, expected] = [map(canvas), [input], [expected]];
    return { canvas, input, expected, nodes: size + 1 };
  },

  /** `size` levels of one kind in each other. */
  settled: (size) => leveled(size, ["settled"]),
  named: (size) => leveled(size, ["named"]),
  loops: (size) => leveled(size, ["loops"]),
  choices: (size) => leveled(size, ["choices"]),
  branches: (size) => leveled(size, ["branches"]),

  /** `size` levels of several kinds in turn, all of them by default. */
  levels: (size, { inmost, kinds = Object.keys(levels) } = {}) => leveled(size, kinds, inmost),

  /** A group of `size` members. */
  group: (size) => ({
    canvas: group(times(size, () => increment)),
    input: 1,
    expected: times(size, () => 2),
    nodes: size,
  }),

  /** A map over `size` items. */
  map: (size) => ({
    canvas: map(increment),
    input: times(size, (i) => i),
    expected: times(size, (i) => i + 1),
    nodes: size,
  }),

  /** `size` rows of `size` steps, each of which reads the one to its left and the one above it. */
  lattice: (size) => ({
    canvas: flow((input, step) => {
      let row = times(size, () => input);
      for (let y = 0; y < size; y++) {
        let left = input;
        row = row.map((above) => (left = step(add, { left, above })));
      }
      return row.at(-1);
    }),
    input: 1,
    expected: latticeCorner(size),
    nodes: size * size,
  }),
};

function around(inner, kind) {
  if (kind === 0) return chain(inner, increment);
  if (kind === 1) return group({ inner }).pipe(increment, (results) => results.inner);
  return flow((input, step) => step(increment, step(inner, input)));
}

/** Each puts a canvas of a number into one more level, and adds one before it. */
const levels = {
  maps: (inner) =>
    increment
      .select((n) => [n])
      .pipe(map(inner))
      .select((all) => all[0]),
  settled: (inner) => settled(chain(increment, inner)).select((outcome) => outcome.value),
  named: (inner) => chain(increment, inner).named("level"),
  loops: (inner) => loop(chain(increment, inner), { until: (n) => ge(n, 0), max: 2 }),
  choices: (inner) => increment.when((n) => ge(n, 0), inner),
  branches: (inner) => any([chain(increment, inner)]),
  handled: (inner) => chain(increment, inner).recover(codeOf),
};

function leveled(size, kinds, inmost = increment) {
  let canvas = inmost;
  for (let level = 0; level < size; level++) canvas = levels[kinds[level % kinds.length]](canvas);
  // Each level is a node, and has a step.
  return { canvas, input: 0, expected: size + 1, nodes: 2 * size + 1 };
}

function latticeCorner(size) {
  let row = times(size, () => 1);
  for (let y = 0; y < size; y++) {
    let left = 1;
    row = row.map((above) => (left = (left + above) % MODULUS));
  }
  return row.at(-1);
}
