import { chain, chord, func, group, map, RetryLaterError, task } from "arpeggio";
import type { App, Canvas, RunFailure, RunHandle, RunOptions, TaskContext } from "arpeggio";
import { expect } from "vitest";

/** The cases are about values and order; the types of canvases have tests of their own. */
export type Any = Canvas<unknown, unknown>;

/** Gives the app of the transport at hand, once it is open. */
export type AppGiver = () => App;

/** Handlers that have begun, by run and task. */
const begun = new Map<string, string[]>();

function note(ctx: TaskContext): void {
  const all = begun.get(ctx.runId) ?? [];
  begun.set(ctx.runId, all);
  all.push(ctx.task);
}

/** A task that takes whatever comes and is noted. */
export function noted(name: string, run: (input: never, ctx: TaskContext) => unknown): Any {
  return task(`case.${name}`, (input: unknown, ctx) => {
    note(ctx);
    return run(input as never, ctx) as never;
  });
}

/** How often the handler of a task was called for a run. */
export function calls(run: { readonly id: string }, name: string): number {
  return inOrder(run).filter((one) => one === name).length;
}

/** The tasks of a run in the order in which their handlers were called. */
export function inOrder({ id }: { readonly id: string }): readonly string[] {
  return (begun.get(id) ?? []).map((one) => one.slice("case.".length));
}

export const ident = noted("ident", (x: unknown) => x);
export const id = (value: unknown): Any => ident.ignoreInput(value);
export const add = func("case.add", (x: number, y: number) => x + y);
/** Adds `n` to what comes. */
export const plus = (n: number): Any => add.s(n) as Any;
export const sumOf = (x: number, y: number): Any => add.s(x, y) as Any;
export const tsum = noted("tsum", (ns: readonly number[]) => ns.reduce((a, b) => a + b, 0));
/** Sums numbers and lists of numbers. */
export const xsum = noted("xsum", (ns: readonly (number | number[])[]) => ns.flat().reduce((a, b) => a + b, 0));
const addAllTo = task("case.add-all", (i: { list: readonly unknown[]; v: unknown }) =>
  i.list.map((one) => (typeof one === "number" && typeof i.v === "number" ? one + i.v : [one, i.v])),
);
/** Adds `v` to each number of the list that comes. */
export const addAll = (v: number): Any =>
  (ident as Canvas<unknown, number[]>).pipe(addAllTo as never, (list) => ({ list, v }) as never) as Any;
export const none = noted("none", () => undefined);
export const a = noted("a", () => "a");
export const b = noted("b", () => "b");
export const fail = noted("fail", (message: unknown) => {
  throw new RangeError(typeof message === "string" ? message : "always");
});
/** Fails at first; then gives the number of its try. */
export const failsOnce = noted("fails-once", (_: unknown, ctx) => {
  if (ctx.attempt === 1) throw new Error("not yet");
  return ctx.attempt;
});
/** Asks to be tried again; then passes on what it was given. */
export const laterOnce = noted("later-once", (x: unknown, ctx) => {
  if (ctx.attempt === 1) throw new RetryLaterError(1);
  return x;
});
export const labelsOf = noted("labels-of", (_: unknown, ctx) => ctx.labels);
export const quick = { attempts: 3, backoff: "fixed", delay: 1 } as const;

export const seq = (...steps: readonly Any[]): Any => chain(...(steps as [Any])) as Any;
export const all = (...members: readonly Any[]): Any => group(members) as Any;
export const join = (header: readonly Any[] | Any, body: Any): Any =>
  chord((Array.isArray(header) ? all(...(header as Any[])) : header) as never, body) as Any;
export const each = (body: Any): Any => map(body) as never;
export const times = <T>(n: number, of: (i: number) => T): readonly T[] => Array.from({ length: n }, (_, i) => of(i));

/** What a run of a canvas comes to. */
export async function valueOf(app: App, canvas: Any, input?: unknown, options?: RunOptions): Promise<unknown> {
  return (await app.run(canvas, input, options)).result();
}

/** A run that has ended, however that was. */
export async function ended(app: App, canvas: Any, input?: unknown, options?: RunOptions): Promise<RunHandle<unknown>> {
  const run = await app.run(canvas, input, options);
  await run.result().catch(() => undefined);
  return run;
}

/** Why a run failed or was cancelled. */
export async function failureOf(run: RunHandle<unknown>) {
  return run.result().then(
    (value) => expect.fail(`the run succeeded with ${JSON.stringify(value)}`),
    (error: unknown) => error as Error & { code: string; hint: string; failure: RunFailure },
  );
}
