/**
 * What every canvas has, with its types forgotten.
 *
 * All types of a canvas are in this one property, which exists for the compiler only, and are read by indexed access.
 * That keeps a check between two canvases to the comparison of one property (see `docs/reference/language.md`).
 */
export interface AnyCanvas {
  /** For the compiler only. */
  readonly "~types": { readonly in: (input: never) => void; readonly out: unknown; readonly name: string };
}

/** What a canvas takes. `unknown` if it needs nothing. */
export type In<C extends AnyCanvas> = C["~types"]["in"] extends (input: infer I) => void ? I : never;
/** What a canvas gives. */
export type Out<C extends AnyCanvas> = C["~types"]["out"];
/** What messages call a canvas. */
export type NameOf<C extends AnyCanvas> = C["~types"]["name"];
