/** Resolves as soon as `isDone` says so; it is asked after everything that `tell` is called for. */
export function condition(isDone: () => boolean): { readonly met: Promise<void>; tell(): void } {
  let meet = () => {};
  const met = new Promise<void>((resolve) => (meet = resolve));
  return {
    met,
    tell: () => {
      if (isDone()) meet();
    },
  };
}
