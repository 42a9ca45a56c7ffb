import type { AttemptContext } from "./attempt-context.ts";
import type { RegisteredTask } from "./task-registry.ts";
import { ReplacementInvalidError, TaskInputInvalidError } from "./worker-errors.ts";

/** How long handlers that never wait may run one after another before the event loop gets its turn, in milliseconds. */
const TURN_MS = 8;

/**
 * Runs a handler for one item of a list after another; the result is the list of its results. Tells how far it is, and stops
 * between two items where the attempt is to stop. What a handler says by `ctx.finish` or `ctx.skip` is at once what all of
 * it comes to.
 *
 * @throws TaskInputInvalidError if the input is no list, and whatever the handler throws: an item that fails, fails the attempt.
 */
export async function runItemByItem(
  task: RegisteredTask,
  input: unknown,
  context: AttemptContext,
  now: () => number,
): Promise<unknown> {
  if (!Array.isArray(input)) throw new TaskInputInvalidError(task.name, "it runs item by item, and this is no list");
  const results: unknown[] = [];
  let turnEndsMs = now() + TURN_MS;
  for (const [i, item] of input.entries()) {
    if (context.abortedBy !== undefined) throw context.abortedBy;
    context.atItem(i);
    const given = task.run(inputFrom(item, task.arity), context);
    const result: unknown = given instanceof Promise ? await given : given;
    const reply = context.replyIn(result);
    if (reply?.kind === "end") return result;
    if (reply !== undefined) throw new ReplacementInvalidError(task.name, "the task runs item by item");
    results.push(result ?? null);
    context.progress(i + 1, input.length);
    if (now() < turnEndsMs) continue;
    await new Promise((resolve) => setImmediate(resolve));
    turnEndsMs = now() + TURN_MS;
  }
  return results;
}

/** A func takes the list of its arguments: an item is that list, or the one argument. */
function inputFrom(item: unknown, arity: number | undefined): unknown {
  if (arity === undefined || arity > 1) return item;
  return arity === 1 ? [item] : [];
}
