import { busSubjects, encodePayload, isArpeggioError } from "@arpeggio/core";
import type { Transport } from "@arpeggio/core";
import { sayOn } from "./bus-voice.ts";
import type { CoordinatorLogger } from "./logger.ts";

/** How often clients are told, in milliseconds. */
const TELL_MS = 500;
/** How often the log is told of one kind of trouble, in milliseconds. */
const LOG_MS = 10_000;

export interface PressureOptions {
  readonly transport: Transport;
  readonly log: CoordinatorLogger;
}

/** Whether an error says that there is no room, rather than that something is wrong. */
export function isFull(error: unknown): boolean {
  return isArpeggioError(error) && (error.code === "STORAGE_FULL" || error.code === "QUEUE_FULL");
}

/**
 * What does not fit: writes that are refused because there is no room are made again by the thousand, so the log is told now and
 * then, and clients often enough to start nothing meanwhile.
 */
export class Pressure {
  readonly #options: PressureOptions;
  #toldMs = -Infinity;
  readonly #logged = new Map<string, { readonly atMs: number; more: number }>();

  constructor(options: PressureOptions) {
    this.#options = options;
  }

  /** A write has failed and is made again. */
  failed(what: string, error: unknown): void {
    const { log, transport } = this.#options;
    if (!isFull(error) || !isArpeggioError(error)) {
      log.warn(what, error);
      return;
    }
    const now = transport.clock.now();
    const logged = this.#logged.get(error.code);
    if (logged === undefined || now >= logged.atMs + LOG_MS) {
      const more = logged === undefined || logged.more === 0 ? "" : ` (and ${logged.more} times more)`;
      log.warn(`${what}: runs wait until there is room${more}`, error);
      this.#logged.set(error.code, { atMs: now, more: 0 });
    } else logged.more++;
    this.tell(error.code, error.message);
  }

  /** Asks clients to start nothing for a while. */
  tell(code: string, detail: string): void {
    const { transport, log } = this.#options;
    const now = transport.clock.now();
    if (now < this.#toldMs + TELL_MS) return;
    this.#toldMs = now;
    sayOn(transport.bus, busSubjects.pressure, encodePayload([code, detail]), log);
  }
}
