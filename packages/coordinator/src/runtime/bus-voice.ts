import type { MessageBus } from "@arpeggio/core";
import type { CoordinatorLogger } from "./logger.ts";

/** Says something on the bus. Nothing durable depends on it, so nothing may fail for it: not even on a closed transport. */
export function sayOn(bus: MessageBus, subject: string, message: Uint8Array, log: CoordinatorLogger): void {
  try {
    bus.publish(subject, message);
  } catch (error) {
    log.debug(`nothing could be said on '${subject}'`, error);
  }
}
