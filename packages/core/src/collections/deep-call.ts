/**
 * A function that calls itself for what lies inside of what it is given, and may do so deeper than the stack is: where it
 * would call itself, it yields the call, and is given what that returns.
 *
 * ```ts
 * function* sizeOf(list: readonly unknown[]): DeepCall<number> {
 *   let size = 1;
 *   for (const item of list) if (Array.isArray(item)) size += (yield sizeOf(item)) as number;
 *   return size;
 * }
 * ```
 */
export type DeepCall<T> = Generator<DeepCall<unknown>, T, unknown>;

/** What the call returns. An error goes straight to whoever calls this, past the calls that are open. */
export function deeply<T>(call: DeepCall<T>): T {
  const open: DeepCall<unknown>[] = [];
  let innermost: DeepCall<unknown> = call;
  let returned: unknown;
  for (;;) {
    const { done, value } = innermost.next(returned);
    if (done === true) {
      const outer = open.pop();
      if (outer === undefined) return value as T;
      innermost = outer;
      returned = value;
    } else {
      open.push(innermost);
      innermost = value;
      returned = undefined;
    }
  }
}
