/** What an evaluation is for; its text names it in the log. */
export type EvaluationTarget =
  /** The list of a map node. */
  | { readonly what: "over"; readonly node: number }
  /** What `$in` is in a node's parts, what chooses a case, whether a loop is at its end. */
  | { readonly what: "input" | "on" | "until"; readonly node: number }
  /** The output of an item; of scope 0, the run's own. */
  | { readonly what: "output"; readonly scope: number; readonly item: number };

export function overTarget(node: number): string {
  return `over:${node}`;
}

export function nodeTarget(what: "input" | "on" | "until", node: number): string {
  return `${what}:${node}`;
}

export function outputTarget(scope: number, item: number): string {
  return `output:${scope}:${item}`;
}

/**
 * Whether the fold itself looks at the value of a target, so that it needs one that lies in the blob store. It looks at what
 * ends a loop, too, but a value of that size is neither true nor false.
 */
export function isLookedAt(target: string): boolean {
  const what = parseTarget(target)?.what;
  return what === "over" || what === "on";
}

/** The target that a text names; undefined if it names none. */
export function parseTarget(text: string): EvaluationTarget | undefined {
  const [what, first, second, rest] = text.split(":");
  if (rest !== undefined) return undefined;
  if (
    (what === "over" || what === "input" || what === "on" || what === "until") &&
    first !== undefined &&
    second === undefined
  )
    return { what, node: Number(first) };
  if (what === "output" && first !== undefined && second !== undefined) {
    return { what, scope: Number(first), item: Number(second) };
  }
  return undefined;
}
