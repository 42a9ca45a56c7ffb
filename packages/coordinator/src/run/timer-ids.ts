/** The run's own time limit. */
export const TIMEOUT_TIMER = "timeout";

/** The delay after a node's failed attempt. */
export function retryTimer(node: number, attempt: number): string {
  return `retry:${node}:${attempt}`;
}

/** When a node begins that is to begin later. */
export function beginTimer(node: number): string {
  return `begin:${node}`;
}

/** When a node must have begun. */
export function expireTimer(node: number): string {
  return `expire:${node}`;
}

/** When a node must have ended. */
export function withinTimer(node: number): string {
  return `within:${node}`;
}

/** When the next round of a loop begins. */
export function roundTimer(node: number): string {
  return `round:${node}`;
}

/** What a timer is for, and the node; undefined for the run's own and for what no fold has armed. */
export function parseTimer(timer: string): { readonly what: string; readonly node: number } | undefined {
  const [what, number] = timer.split(":", 2);
  const node = Number(number);
  return what === undefined || number === undefined || !Number.isInteger(node) ? undefined : { what, node };
}

/** The node that a retry timer wakes; undefined for every other timer. */
export function nodeOfRetryTimer(timer: string): number | undefined {
  if (!timer.startsWith("retry:")) return undefined;
  const node = Number(timer.split(":")[1]);
  return Number.isInteger(node) ? node : undefined;
}
