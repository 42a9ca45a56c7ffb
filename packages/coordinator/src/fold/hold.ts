import type { RunState } from "../run/run-state.ts";

/** What a timer was to begin has to wait as long as the run is paused; false if it is not. */
export function hold({ extras }: RunState, timer: string): boolean {
  if (extras?.paused === undefined) return false;
  (extras.held ??= new Set()).add(timer);
  return true;
}
