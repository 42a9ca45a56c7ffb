import { setAside } from "@arpeggio/core";
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
    this.#add("events", `${this.#options.partition}.${place.sequence}.${place.index}`, bytes, error);
  }

  /** A stored state. */
  addState(run: string, bytes: Uint8Array, error: Error & { readonly code: string }): void {
    this.#add("states", `${this.#options.partition}.${run}`, bytes, error);
  }

  /** What somebody has asked of the owner, or said to it. */
  addRequest(bytes: Uint8Array, error: Error & { readonly code: string }): void {
    this.#add("control", undefined, bytes, error);
  }

  #add(source: string, place: string | undefined, bytes: Uint8Array, reason: Error & { readonly code: string }): void {
    const { transport, writes, log, stats } = this.#options;
    stats.deadLetters++;
    // The bytes are a view of a message that may be gone when the write is made.
    const found = { source, reason, bytes: new Uint8Array(bytes), ...(place === undefined ? {} : { place }) };
    writes.begin(
      async () => {
        const key = await setAside(transport, found);
        log.error(`a record was set aside as dead letter ${key}: ${reason.message}`);
      },
      (error) => {
        // The transport has tried for long. Everything else must go on, so only the log has it now.
        log.error(`a record of ${source} cannot be kept in the dead letters (${reason.message})`, error);
        return true;
      },
    );
  }
}
