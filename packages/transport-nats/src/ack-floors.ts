import type { JetStreamApi } from "./jetstream-api.ts";
import type { Names } from "./names.ts";

/** How long what the server has said may be used. */
const FRESH_MS = 1_000;
/** The same where it could not be asked: a user's permissions do not change from one moment to the next. */
const UNKNOWN_MS = 60_000;

interface Known {
  readonly floor: Promise<number>;
  untilMs: number;
}

/**
 * How far the attempts of queues are acknowledged without a gap. A server that was killed may have stored again what lies below;
 * its consumers hand none of that to anybody.
 */
export class AckFloors {
  readonly #api: JetStreamApi;
  readonly #names: Names;
  readonly #known = new Map<string, Known>();

  constructor(api: JetStreamApi, names: Names) {
    this.#api = api;
    this.#names = names;
  }

  /** @param subject of the attempt */
  async isPassed(subject: string, sequence: number): Promise<boolean> {
    return sequence <= (await this.#of(this.#names.attempts.consumerOf(subject)));
  }

  #of(consumer: string): Promise<number> {
    const known = this.#known.get(consumer);
    if (known !== undefined && performance.now() < known.untilMs) return known.floor;
    const asked: Known = { floor: this.#asked(consumer), untilMs: performance.now() + FRESH_MS };
    this.#known.set(consumer, asked);
    return asked.floor;
  }

  /** Nothing where it cannot be told: a queue that nobody has read, a user who may not ask. */
  async #asked(consumer: string): Promise<number> {
    try {
      const { stream } = this.#names.attempts;
      const info = await this.#api.call<{ ack_floor: { stream_seq: number } }>(`CONSUMER.INFO.${stream}.${consumer}`);
      return info.ack_floor.stream_seq;
    } catch {
      const known = this.#known.get(consumer);
      if (known !== undefined) known.untilMs = performance.now() + UNKNOWN_MS;
      return 0;
    }
  }
}
