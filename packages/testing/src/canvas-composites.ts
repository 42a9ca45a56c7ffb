import {
  any,
  chain,
  choose,
  flow,
  ge,
  gt,
  loop,
  mapSettled,
  quorum,
  race,
  settled,
  signal,
  task,
} from "@arpeggio/core";
import type { Duration, Ref } from "@arpeggio/core";
import { allOf, fails, goingOn, outcomesOf, succeeds, together, valueIn } from "./canvas-ends.ts";
import type { CanvasEnd } from "./canvas-ends.ts";
import { recovered } from "./canvas-handlers.ts";
import { box, boxOf, chained, digest, list, mapped, number, pass, picky, step } from "./canvas-parts.ts";
import type { Any, Part } from "./canvas-parts.ts";

/** Everything that decides while it runs: what it means may be one of several things. */

const canvasesOf = (members: readonly Part[]) => members.map(({ canvas }) => canvas);
const meant = (members: readonly Part[], input: unknown) => members.map(({ meaning }) => meaning(input));

/** The first to end decides; which that is, nobody knows. */
export function raced(members: readonly Part[]): Part {
  return {
    canvas: race(canvasesOf(members)) as Any,
    meaning: (input) => goingOn(meant(members, input).flat(), succeeds),
  };
}

/** The first to succeed decides. */
export function firstSuccess(members: readonly Part[]): Part {
  return {
    canvas: any(canvasesOf(members)) as Any,
    meaning: (input) =>
      together(meant(members, input), (ends) => {
        const others = ends.filter((end) => !("failed" in end));
        return others.length > 0 ? others : fails();
      }),
  };
}

/** So many successes decide, whichever they are; their values come in the order of the members. */
export function quorumOf(count: number, members: readonly Part[]): Part {
  const needed = Math.min(count, members.length);
  return {
    canvas: quorum(needed, canvasesOf(members)) as Any,
    meaning: (input) =>
      together(meant(members, input), (ends) => {
        const finished = ends.filter((end) => "finished" in end);
        const values = ends.filter((end) => "value" in end).map(valueIn);
        if (values.length >= needed) return [...finished, ...choices(values, needed).map((value) => ({ value }))];
        const isLost = ends.filter((end) => "failed" in end).length > members.length - needed;
        return isLost ? [...finished, ...fails()] : finished;
      }),
  };
}

/** Every way to take `count` of the values, in their order. */
function choices(values: readonly unknown[], count: number): readonly unknown[][] {
  if (count === 0) return [[]];
  return values.flatMap((value, i) => choices(values.slice(i + 1), count - 1).map((rest) => [value, ...rest]));
}

/** All members run to their end, unless more of them fail than may. */
export function settledMembers(members: readonly Part[], maxFailures?: number): Part {
  const canvas = settled(canvasesOf(members), maxFailures === undefined ? {} : { maxFailures });
  return { canvas: canvas as Any, meaning: (input) => limited(meant(members, input), maxFailures) };
}

/** The same for the items of a map. */
export function settledWithin(body: Part, maxFailures: number): Part {
  return {
    canvas: mapSettled(body.canvas, { maxFailures }) as never,
    meaning: (items) => limited((items as readonly unknown[]).map(body.meaning), maxFailures),
  };
}

function limited(parts: readonly (readonly CanvasEnd[])[], max = Number.POSITIVE_INFINITY): readonly CanvasEnd[] {
  return together(parts, (ends) => {
    const isTooMuch = ends.filter((end) => "failed" in end).length > max;
    const finished = ends.filter((end) => "finished" in end);
    return isTooMuch ? [...finished, ...fails()] : outcomesOf(ends.map((end) => [end]));
  });
}

/** One canvas whose outcome is its result. */
export function settledAlone(body: Part): Part {
  return {
    canvas: settled(chain(body.canvas)) as Any,
    meaning: (input) => outcomesOf([body.meaning(input)], ([outcome]) => outcome),
  };
}

// The compiler would want to see all keys that there are.
const chooseAny = choose as unknown as (selector: Any, cases: object, otherwise?: Any) => Any;
const key = step("any.key", (value) => `k${digest(value) % 3}`);

/** One of the cases; for some inputs there is none. */
export function chosen(first: Part, second: Part, otherwise?: Part): Part {
  const cases = { k0: first.canvas, k1: second.canvas };
  return {
    canvas: otherwise ? chooseAny(key.canvas, cases, otherwise.canvas) : chooseAny(key.canvas, cases),
    meaning: (input) => {
      const taken = [first, second, otherwise][digest(input) % 3];
      return taken === undefined ? fails() : taken.meaning(input);
    },
  };
}

/** One of two by a condition over the value; without the second the value is handed on. */
export function tested(yes: Part, no?: Part): Part {
  const test = (x: Ref<{ n: number }>) => gt(x.n, 500);
  const canvas = no ? box.when(test, yes.canvas, no.canvas) : box.when(test, yes.canvas);
  return {
    canvas: canvas as Any,
    meaning: (input) => {
      const value = boxOf(input);
      return value.n > 500 ? yes.meaning(value) : no === undefined ? succeeds(value) : no.meaning(value);
    },
  };
}

const climb = task("any.climb", (value: unknown) => ({ height: digest(value) % 10 }));
const ROUNDS_MAX = 4;

/** Runs again until it is high enough; for some inputs it never is. */
export function repeated(body: Part, every?: Duration): Part {
  const round = chain(body.canvas, climb);
  const until = (x: Ref<{ height: number }>) => ge(x.height, 5);
  const options = { until, max: ROUNDS_MAX, ...(every === undefined ? {} : { every }) };
  const from = (input: unknown, count: number): readonly CanvasEnd[] =>
    goingOn(body.meaning(input), (value) => {
      const height = digest(value) % 10;
      if (height >= 5) return succeeds({ height });
      return count === ROUNDS_MAX ? fails() : from({ height }, count + 1);
    });
  return { canvas: loop(round, options) as Any, meaning: (input) => from(input, 1) };
}

export function sleeping(body: Part, duration: Duration): Part {
  return { ...body, canvas: body.canvas.sleep(duration) as Any };
}

interface Timing {
  readonly delay?: Duration;
  readonly expires?: Duration;
  readonly within?: Duration;
}

/** With timing that changes nothing about the result. */
export function timed(body: Part, timing: Timing): Part {
  return { ...body, canvas: body.canvas.with(timing) };
}

export function named(body: Part, name: string): Part {
  return { ...body, canvas: body.canvas.named(name) as Any };
}

/** Two side by side and a third with both, of which the first also goes around it. */
export function flowing(first: Part, second: Part, third: Part): Part {
  const canvas = flow((input: Ref<unknown>, next) => {
    const a = next(first.canvas, input);
    const b = next(second.canvas, input);
    const c = next(third.canvas, { a, b } as never);
    return { a, c };
  });
  return {
    canvas: canvas as Any,
    meaning: (input) =>
      goingOn(allOf([first.meaning(input), second.meaning(input)]), (both) => {
        const [a, b] = both as [unknown, unknown];
        return goingOn(third.meaning({ a, b }), (c) => succeeds({ a, c }));
      }),
  };
}

const finishes = (value: unknown) => digest(value) % 3 === 0;

/** Finishes the run for some inputs. */
export const finisher: Part = {
  canvas: task("any.finish", (value: unknown, ctx) =>
    finishes(value) ? ctx.finish(digest(value)) : digest(value),
  ) as never,
  meaning: (value) => (finishes(value) ? [{ finished: digest(value) }] : succeeds(digest(value))),
};

const replacements: readonly Part[] = [
  number,
  chained(pass, number, picky),
  chained(list, mapped(number)),
  recovered(picky, number),
];
const replacing = task("any.replace", (value: unknown, ctx) => {
  const { canvas } = replacements[digest(value) % replacements.length] as Part;
  return ctx.replaceWith(canvas, value);
});

/** A task that a canvas takes the place of. */
export const replaced: Part = {
  canvas: replacing as never,
  meaning: (value) => (replacements[digest(value) % replacements.length] as Part).meaning(value),
};

/** The signal that {@link signalled} waits for, and what has to come with it. */
export const SIGNAL = { name: "any.go", payload: { go: true } } as const;

/** Waits for a signal; somebody has to send it. */
export const signalled: Part = { canvas: signal(SIGNAL.name) as Any, meaning: () => succeeds(SIGNAL.payload) };
