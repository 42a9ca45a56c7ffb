import { encodeDeadLetter } from "@arpeggio/core";
import type { RecordUndecodableError, Transport } from "@arpeggio/core";
import type { CoordinatorLogger } from "./logger.ts";
import type { CoordinatorStats } from "./stats.ts";
import type { Writes } from "./writes.ts";

export interface DeadLettersOptions {
  readonly transport: Transport;
  readonly partition: number;
  readonly writes: Writes;
  readonly log: CoordinatorLogger;
  readonly stats: CoordinatorStats;
}

/** Sets aside what cannot be decoded, with its bytes. Nothing else is held up by it. */
export class DeadLetters {
  readonly #options: DeadLettersOptions;

  constructor(options: DeadLettersOptions) {
    this.#options = options;
  }

  /** A frame of the log. A replay finds it again under the same key. */
  addEvent(
    place: { readonly sequence: number; readonly index: number },
    bytes: Uint8Array,
    error: RecordUndecodableError,
  ): void {
    this.#add(`events.${this.#options.partition}.${place.sequence}.${place.index}`, "events", bytes, error);
  }

  /** A stored state. */
  addState(run: string, bytes: Uint8Array, error: Error & { readonly code: string }): void {
    this.#add(`states.${this.#options.partition}.${run}`, "states", bytes, error);
  }

  #add(key: string, source: string, bytes: Uint8Array, error: Error & { readonly code: string }): void {
    const { transport, writes, log, stats } = this.#options;
    stats.deadLetters++;
    log.error(`a record was set aside as dead letter ${key}: ${error.message}`);
    const letter = { source, code: error.code, message: error.message, bytes, at: transport.clock.now() };
    const value = encodeDeadLetter(letter);
    writes.begin(
      () => transport.bucket("dead-letters").put(key, value),
      () => {
        log.error(`dead letter ${key} could not be stored`);
        return true;
      },
    );
  }
}
