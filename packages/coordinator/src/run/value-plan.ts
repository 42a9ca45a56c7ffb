import { argumentRef, arrayHeader, encodeExpression, encodePayload, joined, mapHeader, resolved } from "@arpeggio/core";
import type { Expr } from "@arpeggio/core";
import type { SplicePlan } from "./value.ts";

/** The source of `$in`; nodes are sources under their index on the level. */
export const INPUT_SOURCE = -1;

/** An expression that only decoded values can answer: `expr` refers to the sources by their place, `{ ref: "0:fetch" }`. */
export interface ExpressionPlan {
  readonly kind: "expression";
  readonly expr: Expr;
  /** `expr`, encoded. */
  readonly bytes: Uint8Array;
  readonly sources: readonly number[];
}

/** How a value comes about: by putting bytes together where that is enough, by evaluating where it is not. */
export type ValuePlan = SplicePlan | ExpressionPlan;

/** The plan of an expression. `sourceOf` gives the source of a reference, {@link INPUT_SOURCE} for `$in`. */
export function planValue(expr: Expr, sourceOf: (ref: string) => number): ValuePlan {
  return planSplice(expr, sourceOf) ?? planExpression(expr, sourceOf);
}

function planSplice(expr: Expr, sourceOf: (ref: string) => number): SplicePlan | undefined {
  const pieces: (Uint8Array | number)[] = [];
  let literals: Uint8Array[] = [];
  const endLiteral = () => {
    if (literals.length > 0) pieces.push(joined(literals));
    literals = [];
  };
  const open: (Expr | Uint8Array)[] = [expr];
  for (let one = open.pop(); one !== undefined; one = open.pop()) {
    if (one instanceof Uint8Array) literals.push(one);
    else if ("const" in one) literals.push(encodePayload(one.const));
    else if ("ref" in one) {
      if (one.path !== undefined && one.path.length > 0) return undefined;
      endLiteral();
      pieces.push(sourceOf(one.ref));
    } else if ("array" in one) {
      literals.push(arrayHeader(one.array.length));
      for (let i = one.array.length - 1; i >= 0; i--) open.push(one.array[i] as Expr);
    } else if ("object" in one) {
      const entries = Object.entries(one.object);
      literals.push(mapHeader(entries.length));
      for (let i = entries.length - 1; i >= 0; i--) {
        const [key, value] = entries[i] as [string, Expr];
        open.push(value, encodePayload(key));
      }
    } else return undefined;
  }
  endLiteral();
  return { kind: "splice", pieces, sources: [...new Set(pieces.filter((piece) => typeof piece === "number"))] };
}

function planExpression(expr: Expr, sourceOf: (ref: string) => number): ExpressionPlan {
  const places = new Map<number, string>();
  const renamed = resolved(expr, (ref) => {
    const source = sourceOf(ref);
    const place = places.get(source) ?? argumentRef(places.size, ref);
    places.set(source, place);
    return { ref: place };
  });
  return { kind: "expression", expr: renamed, bytes: encodeExpression(renamed), sources: [...places.keys()] };
}
