/** The run's own time limit. */
export const TIMEOUT_TIMER = "timeout";

/** The delay after a node's failed attempt. */
export function retryTimer(node: number, attempt: number): string {
  return `retry:${node}:${attempt}`;
}

/** The node that a retry timer wakes; undefined for every other timer. */
export function nodeOfRetryTimer(timer: string): number | undefined {
  if (!timer.startsWith("retry:")) return undefined;
  const node = Number(timer.split(":")[1]);
  return Number.isInteger(node) ? node : undefined;
}
