import { durationMs, readEvents } from "@arpeggio/core";
import type { Delivery, Duration, Transport, TransportProvider } from "@arpeggio/core";
import { createEmbeddedTransport } from "@arpeggio/transport-embedded";
import { createApp } from "arpeggio";
import type { App, AppOptions } from "arpeggio";
import { SkippingClock } from "./skipping-clock.ts";

/** An app for tests, in whose world waits take no time. */
export interface TestApp extends App {
  /** The app's time, in milliseconds since 1970. */
  now(): number;
  /**
   * Lets time go on at once, whatever is being done: also for handlers that run, so that their timeouts can be tested.
   *
   * @throws OptionInvalidError for what is no duration.
   */
  advance(duration: Duration): void;
}

/**
 * An app in this process whose clock skips waits: while a run goes on and no handler is called, time jumps to what is waited
 * for, so that a retry after three hours comes at once. While a handler runs, time is that of the machine.
 *
 * @throws OptionInvalidError, DuplicateTaskError, TaskWithoutHandlerError
 */
export async function createTestApp(options: Omit<AppOptions, "transport" | "roles"> = {}): Promise<TestApp> {
  const work = new WorkUnderWay();
  const clock = new SkippingClock(() => work.isWaiting);
  work.onChange = () => clock.noteActivity();
  const embedded = createEmbeddedTransport({ clock });
  const transport: TransportProvider = {
    name: "embedded",
    open: async (name) => watched(await embedded.open(name), work),
  };
  const app = await createApp({ ...options, transport });
  const end = app.close.bind(app);
  return Object.assign(app, {
    close: () => end().finally(() => clock.stop()),
    now: () => clock.now(),
    advance: (duration: Duration) => clock.skip(durationMs("advance", duration)),
  });
}

/** What the app is at, as its transport sees it. */
class WorkUnderWay {
  readonly #runs = new Set<string>();
  readonly #held = new Set<string>();
  #questions = 0;
  onChange: () => void = () => {};

  /** Runs go on, no worker has anything in hand, and nobody is about to answer. */
  get isWaiting(): boolean {
    return this.#runs.size > 0 && this.#held.size === 0 && this.#questions === 0;
  }

  /** Time that is skipped would be that in which an answer has to come. */
  async asking<T>(ask: () => Promise<T>): Promise<T> {
    this.#questions++;
    try {
      return await ask();
    } finally {
      this.#questions--;
      this.onChange();
    }
  }

  began(message: Uint8Array): void {
    readEvents(
      message,
      (event) => {
        if (event.type === "run.started") this.#runs.add(event.run);
      },
      () => {},
    );
    this.onChange();
  }

  ended(run: string): void {
    this.#runs.delete(run);
    this.onChange();
  }

  /** A delivery of which is known when it is let go. */
  held(delivery: Delivery): Delivery {
    const { messageId, runId, deliveryCount, priority, bytes } = delivery;
    this.#held.add(messageId);
    const letGo = () => {
      this.#held.delete(messageId);
      this.onChange();
    };
    return {
      messageId,
      runId,
      deliveryCount,
      priority,
      bytes,
      extend: () => delivery.extend(),
      ack: () => {
        delivery.ack();
        letGo();
      },
      release: (delayMs) => {
        delivery.release(delayMs);
        letGo();
      },
    };
  }
}

function watched(transport: Transport, work: WorkUnderWay): Transport {
  const { events, attempts, bus } = transport;
  return {
    ...transport,
    events: {
      ...events,
      append: (partition, message, options) => {
        work.began(message);
        return events.append(partition, message, options);
      },
      claim: async (partition, key, message) => {
        const claim = await events.claim(partition, key, message);
        if (claim.claimed) work.began(message);
        return claim;
      },
    },
    attempts: {
      ...attempts,
      publish: (attempt) => {
        work.onChange();
        return attempts.publish(attempt);
      },
      consume: (queue, options, onDelivery) =>
        attempts.consume(queue, options, (delivery) => onDelivery(work.held(delivery))),
    },
    bus: {
      ...bus,
      request: (subject, message, timeoutMs) => work.asking(() => bus.request(subject, message, timeoutMs)),
    },
    bucket: (name) => {
      const bucket = transport.bucket(name);
      if (name !== "results") return bucket;
      const put = async (key: string, value: Uint8Array) => {
        const revision = await bucket.put(key, value);
        work.ended(key.slice(0, key.lastIndexOf(".")));
        return revision;
      };
      return { ...bucket, put };
    },
  };
}
