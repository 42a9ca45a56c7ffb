import type { AnyCanvas, In } from "./any-canvas.ts";
import { formOf } from "./canvas-value.ts";

/**
 * What `ctx.replaceWith(canvas)` makes, for a handler to return: the canvas runs in the place of the task, and its result,
 * an `O`, is the task's.
 */
export interface Replacement<out O> {
  /** For the compiler only. */
  readonly "~replaces": O;
}

/** What `ctx.finish()` and `ctx.skip()` make, for a handler to return: more than its node ends with it. */
export interface EarlyEnd {
  /** For the compiler only. */
  readonly "~ends": "scope" | "run";
}

/** What a handler may give: its result, or what takes the place of one. */
export type Reply<O> = O | Replacement<O> | EarlyEnd;

/** The arguments after the canvas: its input, which may be left out where none is needed. */
export type ReplacementInput<I> = unknown extends I ? [input?: unknown] : [input: I];

/** What a worker finds in what a handler gave, where that is no result. */
export type HandlerReply =
  | { readonly kind: "replacement"; readonly canvas: AnyCanvas; readonly input: unknown }
  | { readonly kind: "end"; readonly ends: "scope" | "run"; readonly value: unknown };

// Registered, so that what another copy of this package has made is known here too.
const REPLY = Symbol.for("@arpeggio/core/handler-reply");

/** A class of its own, so that one that is sent as a value by mistake is refused as such. */
class ReplyValue {
  readonly [REPLY]: HandlerReply;
  constructor(reply: HandlerReply) {
    this[REPLY] = reply;
  }
}

/** `ctx.replaceWith` of every worker. @throws CanvasExpectedError if it is given no canvas. */
export function replaceWith<C extends AnyCanvas>(
  canvas: C,
  ...input: ReplacementInput<In<C>>
): Replacement<C["~types"]["out"]> {
  formOf(canvas, "what ctx.replaceWith() is given");
  return replyValue({ kind: "replacement", canvas, input: input[0] }) as Replacement<C["~types"]["out"]>;
}

/** `ctx.finish` of every worker. */
export function finish(value?: unknown): EarlyEnd {
  return replyValue({ kind: "end", ends: "run", value }) as EarlyEnd;
}

/** `ctx.skip` of every worker. */
export function skip(value?: unknown): EarlyEnd {
  return replyValue({ kind: "end", ends: "scope", value }) as EarlyEnd;
}

function replyValue(reply: HandlerReply): unknown {
  return Object.freeze(new ReplyValue(Object.freeze(reply)));
}

/** What a handler asks for by what it gave; undefined if that is a result like any other. */
export function handlerReply(given: unknown): HandlerReply | undefined {
  if (typeof given !== "object" || given === null || !(REPLY in given)) return undefined;
  return (given as ReplyValue)[REPLY];
}
