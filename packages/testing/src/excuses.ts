import { isArpeggioError } from "@arpeggio/core";
import type { WorldSettings } from "./world.ts";

/** Of {@link WorldSettings.queueMessagesMax}. */
export const UNLIMITED = Number.MAX_SAFE_INTEGER;

/** Whether an error is one that the faults of the world explain, so that its client may ask again. */
export function isExcused(error: unknown, { faults, queueMessagesMax }: WorldSettings): boolean {
  // The storage itself.
  if (!isArpeggioError(error)) return true;
  if (error.code === "STORAGE_FULL") return faults.full > 0;
  if (error.code === "QUEUE_FULL") return faults.full > 0 || queueMessagesMax < UNLIMITED;
  // How long nobody has known a run is counted by the client's clock, which may have jumped.
  return error.code === "RUN_NOT_FOUND" && faults.clockJump > 0;
}

export function isCode(error: unknown, code: string): boolean {
  return isArpeggioError(error) && error.code === code;
}
