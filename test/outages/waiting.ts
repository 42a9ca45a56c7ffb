import { setTimeout } from "node:timers/promises";

/** Resolves when something is the case; throws with it after `timeoutMs`. */
export async function waitUntil(isSo: () => boolean | Promise<boolean>, timeoutMs = 15_000): Promise<void> {
  const untilMs = Date.now() + timeoutMs;
  while (!(await isSo())) {
    if (Date.now() > untilMs) throw new Error(`not so after ${timeoutMs} ms: ${isSo.toString()}`);
    await setTimeout(10);
  }
}
