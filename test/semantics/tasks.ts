import { func, map, PermanentTaskError, task, type TaskContext } from "arpeggio";

/**
 * The tasks of the semantics suite. Each execution is recorded under the run's id, so that tests can count bodies, look
 * at their order, and see what never ran.
 */
export interface Execution {
  readonly task: string;
  readonly node: string;
  readonly attempt: number;
  readonly key: string;
  readonly phase: "began" | "ended" | "aborted";
}

const executions = new Map<string, Execution[]>();
const watchers = new Map<string, Set<() => void>>();

/** What has been executed of a run so far, in the order of this process. */
export function executionsOf(run: string): readonly Execution[] {
  return executions.get(run) ?? [];
}

/** Resolves when `holds` does, looked at after every execution's begin and end. */
export function executionsUntil(run: string, holds: (all: readonly Execution[]) => boolean): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      if (!holds(executionsOf(run))) return;
      watchers.get(run)?.delete(look);
      resolve();
    };
    const set = watchers.get(run) ?? new Set();
    watchers.set(run, set.add(look));
    look();
  });
}

function record(ctx: TaskContext, phase: Execution["phase"]): void {
  const all = executions.get(ctx.runId) ?? [];
  executions.set(ctx.runId, all);
  all.push({ task: ctx.task, node: ctx.nodeId, attempt: ctx.attempt, key: ctx.idempotencyKey, phase });
  // A look may take itself away; a Set bears that.
  watchers.get(ctx.runId)?.forEach((look) => look());
}

async function recorded<T>(ctx: TaskContext, body: () => T | Promise<T>): Promise<T> {
  record(ctx, "began");
  const value = await body();
  record(ctx, "ended");
  return value;
}

export const increment = task("sem.increment", (n: number, ctx) => recorded(ctx, () => n + 1));
export const double = task("sem.double", (n: number, ctx) => recorded(ctx, () => n * 2));
export const sum = task("sem.sum", (ns: readonly number[], ctx) => recorded(ctx, () => ns.reduce((a, b) => a + b, 0)));
export const countTo = task("sem.count-to", (n: number, ctx) =>
  recorded(ctx, () => Array.from({ length: n }, (_, i) => i)),
);
/** Gives back what it gets, so that a test sees exactly what arrived. */
export const echo = task("sem.echo", (value: unknown, ctx) => recorded(ctx, () => value as never));
export const scale = task("sem.scale", (i: { value: number; by: number }, ctx) => recorded(ctx, () => i.value * i.by));
export const asRecord = task("sem.as-record", (n: number, ctx) => recorded(ctx, () => ({ value: n, note: "made" })));
export const add = func("sem.add", (a: number, b: number) => a + b);
export const subtract = func("sem.subtract", (a: number, b: number) => a - b);

/** Ends only when its signal is aborted: what a long task looks like that listens. */
export const patient = task("sem.patient", async (_: unknown, ctx): Promise<string> => {
  record(ctx, "began");
  await new Promise<void>((resolve) => ctx.signal.addEventListener("abort", () => resolve(), { once: true }));
  record(ctx, "aborted");
  throw ctx.signal.reason;
});

export const failing = task("sem.failing", (reason: string, ctx): number => {
  record(ctx, "began");
  throw new RangeError(reason);
});
/** Fails as soon as the patient task beside it is at work. */
export const failingBesideIt = task("sem.failing-beside-it", async (_: unknown, ctx): Promise<number> => {
  await executionsUntil(ctx.runId, (all) => all.some((one) => one.task === "sem.patient"));
  throw new Error("enough");
});
export const failingForGood = task("sem.failing-for-good", (reason: string, ctx): number => {
  record(ctx, "began");
  throw new PermanentTaskError(reason);
});
/** Fails until attempt number `on`. */
export const succeedsOn = task("sem.succeeds-on", (on: number, ctx) => {
  record(ctx, "began");
  if (ctx.attempt < on) throw new Error(`attempt ${ctx.attempt} of ${on}`);
  return ctx.attempt;
});
export const rejectOdd = task("sem.reject-odd", (n: number, ctx) => {
  record(ctx, "began");
  if (n % 2 === 1) throw new PermanentTaskError(`${n} is odd`);
  return n;
});
export const returnsFunction = task("sem.returns-function", (_: unknown, ctx) => {
  record(ctx, "began");
  return { nested: [(() => 1) as unknown as number] };
});
export const large = task("sem.large", (bytes: number) => "x".repeat(bytes));
export const lengthOf = task("sem.length-of", (text: string) => text.length);
export const whichQueue = task("sem.which-queue", (_: unknown, ctx) => recorded(ctx, () => ctx.labels));

export const incrementEach = map(increment);
