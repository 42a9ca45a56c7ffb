/** What a JavaScript caller may pass where the compiler would refuse it. */
export const wrong = (value: unknown): never => value as never;

/** What `run` throws. */
export function caught(run: () => unknown): Error & { code: string; hint: string } {
  try {
    run();
  } catch (error) {
    return error as Error & { code: string; hint: string };
  }
  throw new Error("nothing was thrown");
}
