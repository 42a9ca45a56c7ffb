/** A value that is at hand, or will be. Most attempts of small tasks never have to wait, and a promise costs a turn. */
export type MaybePromise<T> = T | Promise<T>;

/** `next` of the value: at once if it is at hand. */
export function andThen<T, R>(value: MaybePromise<T>, next: (value: T) => MaybePromise<R>): MaybePromise<R> {
  return value instanceof Promise ? value.then(next) : next(value);
}
