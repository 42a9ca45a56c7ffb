import type { AnyCanvas, In, NameOf, Out } from "./any-canvas.ts";
import { BindingInvalidError } from "./build-errors.ts";
import { formOf } from "./canvas-form.ts";
import type { Canvas } from "./canvas.ts";
import { asCanvas, CanvasValue } from "./canvas-value.ts";
import { mapForm } from "./form.ts";
import type { Form } from "./form.ts";
import type { MapForm } from "./composite-form.ts";
import { checkedInteger } from "./option-check.ts";
import type { AnyTask } from "./task.ts";
import type { TextOf } from "./type-text.ts";

/** As the operator `chunk` takes it. */
const CHUNK_MAX = 1_000_000;

/** `C` where it is a task by itself; else the message. */
export type OneTask<C, Name extends string> = C extends AnyTask
  ? C
  : C extends AnyCanvas
    ? `✖ ${Name} runs one task for many items, and '${NameOf<C>}' is no task by itself: use map()`
    : never;

/**
 * Runs a task for each item of a list, `size` items in one attempt: the handler runs for one item after another. The result
 * is the list of the chunks' results, each a list. A chunk fails, and is tried again, as a whole.
 *
 * ```ts
 * people.pipe(chunks(render, 50)); // → Mail[][], fifty mails an attempt
 * ```
 *
 * `map(render, { chunk: 50 })` is the same with one flat list as its result.
 *
 * @throws CanvasExpectedError, BindingInvalidError for what is no task by itself, OptionInvalidError.
 */
export function chunks<const C extends AnyCanvas>(
  task: OneTask<C, "chunks">,
  size: number,
): Canvas<readonly In<C>[], Out<C>[][], `chunks(${NameOf<C>})`> {
  return asCanvas(new CanvasValue(chunkedForm("chunks", formOf(task, "the task of chunks()"), size, {})));
}

type ListItem<I> = unknown extends I ? unknown : I extends readonly (infer T)[] ? T : never;
type TakesList<C extends AnyCanvas> =
  unknown extends In<C>
    ? C
    : In<C> extends readonly unknown[]
      ? number extends In<C>["length"]
        ? C
        : NoList<C>
      : NoList<C>;
type NoList<C extends AnyCanvas> = `✖ batch needs a body that takes a list, but '${NameOf<C>}' takes ${TextOf<In<C>>}`;

/**
 * Runs `body` once for every `size` items of a list: it takes the list of them itself. The last may be shorter.
 *
 * ```ts
 * mails.pipe(batch(sendMany, 100)); // sendMany takes readonly Mail[]
 * ```
 *
 * @throws CanvasExpectedError, OptionInvalidError
 */
export function batch<const C extends AnyCanvas>(
  body: TakesList<C>,
  size: number,
): Canvas<readonly ListItem<In<C>>[], Out<C>[], `batch(${NameOf<C>})`> {
  const form = formOf(body, "the body of batch()");
  return asCanvas(new CanvasValue(mapForm("batch", form, { settle: false, chunk: chunkSize(size) })));
}

/** A map of one task over chunks. @throws {@link BindingInvalidError} if it is more than a task with options and a name. */
export function chunkedForm(
  combinator: string,
  form: Form,
  size: unknown,
  settings: Pick<MapForm, "concurrency" | "flat">,
): MapForm {
  let body = form;
  while (body.kind === "options" || body.kind === "name") body = body.body;
  if (body.kind !== "task") {
    throw new BindingInvalidError(
      `${combinator}() in chunks runs one task for many items, but '${form.label}' is more than that`,
      "Give it a task, without bound input; map() without 'chunk' runs any canvas for each item, batch() one for each list of them.",
    );
  }
  return mapForm(combinator, form, { ...settings, settle: false, chunk: chunkSize(size), each: true });
}

function chunkSize(size: unknown): number {
  return checkedInteger("chunk", size, 1, CHUNK_MAX);
}
