import { busSubjects, pressureIn, QueueFullError, StorageFullError } from "@arpeggio/core";
import type { Subscription, Transport } from "@arpeggio/core";

/** How long a word of a coordinator holds, in milliseconds: it repeats it twice in this time as long as it is so. */
const HOLDS_MS = 1_500;

/** Refuses starts while this process has too many on their way, or a coordinator says that the queues or the storage are full. */
export class StartGate {
  readonly #transport: Transport;
  readonly #startsMax: number;
  #starts = 0;
  #full: { readonly error: () => Error; readonly untilMs: number } | undefined;
  #subscription: Subscription | undefined;

  constructor(transport: Transport, startsMax: number) {
    this.#transport = transport;
    this.#startsMax = startsMax;
  }

  async start(): Promise<void> {
    const { bus } = this.#transport;
    this.#subscription = await bus.subscribe(busSubjects.pressure, ({ bytes }) => this.#hear(bytes));
  }

  async stop(): Promise<void> {
    await this.#subscription?.stop();
  }

  /** @throws QueueFullError, StorageFullError */
  enter(): void {
    if (this.#starts >= this.#startsMax) {
      throw new QueueFullError("the client", `${this.#starts} starts are on their way (option startsInFlightMax)`);
    }
    if (this.#full !== undefined) {
      if (this.#transport.clock.now() < this.#full.untilMs) throw this.#full.error();
      this.#full = undefined;
    }
    this.#starts++;
  }

  /** Whether a start that has entered is the only one on its way. */
  get isAlone(): boolean {
    return this.#starts === 1;
  }

  leave(): void {
    this.#starts--;
  }

  #hear(bytes: Uint8Array): void {
    const said = pressureIn(bytes);
    if (said === undefined) return;
    const { code, detail } = said;
    const error = () =>
      code === "STORAGE_FULL" ? new StorageFullError("runs", detail) : new QueueFullError("the installation", detail);
    this.#full = { error, untilMs: this.#transport.clock.now() + HOLDS_MS };
  }
}
