/** No run has ended for so long, in milliseconds: a takeover, a redelivery and a restart of the server take less than 10 s together. */
const STANDSTILL_MS = 30_000;

/**
 * Counts the runs that have ended, for those who wait until so many have. When none ends any more, whoever waits is told
 * so, with what can be seen from outside: a run that is stuck has to say what it waits for.
 */
export class Progress {
  #ended = 0;
  readonly #looks = new Set<() => void>();
  readonly #describe: () => Promise<string>;
  #timer: NodeJS.Timeout | undefined;
  #standstill: Error | undefined;

  constructor(describe: () => Promise<string>) {
    this.#describe = describe;
    this.#watch();
  }

  get ended(): number {
    return this.#ended;
  }

  runEnded(): void {
    this.#ended++;
    this.#watch();
    this.#tell();
  }

  /** @throws when no run has ended for 30 s. */
  async until(holds: (ended: number) => boolean): Promise<void> {
    while (!holds(this.#ended)) {
      if (this.#standstill !== undefined) throw this.#standstill;
      await new Promise<void>((resolve) => this.#looks.add(resolve));
    }
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #watch(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#standStill(), STANDSTILL_MS);
  }

  async #standStill(): Promise<void> {
    const seen = await this.#describe().catch((error: unknown) => `and nothing can be seen: ${String(error)}`);
    this.#standstill = new Error(`no run has ended for ${STANDSTILL_MS / 1000} s, ${this.#ended} have before\n${seen}`);
    this.#tell();
  }

  #tell(): void {
    for (const look of this.#looks) look();
    this.#looks.clear();
  }
}
