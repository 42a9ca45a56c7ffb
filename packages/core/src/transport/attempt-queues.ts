import type { Subscription } from "./event-log.ts";
import type { StoreListener } from "./store-listener.ts";

/** The work queues: one message an attempt, handed to one of the workers that read its queue. */
export interface AttemptQueues {
  /**
   * Stores an attempt; resolves when it is durable. Repeating it with the same id within the dedupe window stores nothing,
   * unless the server was restarted meanwhile: it then knows only the ids of what is still stored.
   *
   * So the transport asks {@link QueuedAttempt.stillWanted} before it sends anything in any other way than for the first
   * time, at once, on the connection of the call; and sends it on the connection on which it has asked, and at once, or asks
   * again: in a cluster a server is started anew without a connection that breaks. An attempt that is no longer wanted counts
   * as stored.
   *
   * @throws {@link MessageTooLargeError} above `limits.messageBytesMax`.
   */
  publish(attempt: QueuedAttempt): Promise<void>;

  /** The same for who publishes very many. A transport to which a promise costs little leaves it out. */
  store?(attempt: QueuedAttempt, listener: StoreListener): void;

  /**
   * Takes deliveries of a queue, highest priority first among those at hand. A queue exists from its first publish or
   * consume on, whichever comes first.
   */
  consume(queue: string, options: ConsumeOptions, onDelivery: (delivery: Delivery) => void): Promise<AttemptConsumer>;

  /** Removes a run's attempts that no worker holds yet. An optimisation: some may still be delivered. */
  discard(queue: string, runId: string): Promise<void>;

  /**
   * What is stored, what workers hold included, oldest first as far as the transport can tell. For tidying up, not for
   * work: each one may cost a request, so whoever needs only some stops reading.
   */
  stored(filter: StoredFilter): AsyncIterable<StoredAttempt>;

  /**
   * Sees to it from now on that what is stored is delivered. An old broker that was killed may pass over what is new, and have
   * again what was done, and only who knows the log can tell one from the other. A transport whose broker needs no help leaves
   * it out.
   */
  attend?(judge: PassedOverJudge): Subscription;
}

/** Says what is to become of stored attempts that their queue will not deliver. */
export interface PassedOverJudge {
  /** Whether this is the one process among all that may make queues anew. */
  readonly isFirst: boolean;
  /**
   * `wanted`: its run waits for it, and for no other message of the same attempt that is stored; `dispensable`: it does not;
   * `unknown`: whoever is asked cannot tell.
   */
  judge(attempt: StoredAttempt): Promise<"wanted" | "dispensable" | "unknown">;
  /** Stores a wanted one again, as another message. @returns whether the first one is dispensable now. */
  requeue(attempt: StoredAttempt): Promise<boolean>;
}

/** Which stored attempts are meant: all, those of one queue, or those of one run in it. */
export interface StoredFilter {
  readonly queue?: string;
  readonly runId?: string;
}

/** An attempt as its queue holds it. */
export interface StoredAttempt {
  readonly queue: string;
  readonly runId: string;
  /** The stored message's identity, as {@link Delivery.messageId}. */
  readonly messageId: string;
  readonly bytes: Uint8Array;
  /**
   * It was acknowledged and is stored again, since its server was killed. Nobody is handed it any more.
   *
   * @defaultValue `false`
   */
  readonly isPassed?: boolean;
}

export interface QueuedAttempt {
  readonly queue: string;
  /** 0 (last) to 9 (first). */
  readonly priority: number;
  readonly runId: string;
  /** `run:node:attempt`; see {@link AttemptQueues.publish}. */
  readonly id: string;
  readonly bytes: Uint8Array;
  /**
   * It may have been sent before, by whoever: {@link stillWanted} is asked before the first sending, too. Read once, at the
   * beginning.
   *
   * @defaultValue `false`
   */
  readonly mayBeStored?: boolean;
  /**
   * Asked before the attempt is sent again whose first answer is missing: it may have been stored, done, and forgotten.
   * Without it, it is sent again until it is answered. An error of it is one of the publish. The answer is worth nothing
   * once the server has been started anew, which forgets the ids of what was done while the answer was sought.
   */
  stillWanted?(): boolean | Promise<boolean>;
}

export interface ConsumeOptions {
  /** How many deliveries the consumer may hold that are neither acknowledged nor released. */
  readonly inHandMax: number;
  /** How long a delivery may go without `extend` before the queue delivers it again, in milliseconds. */
  readonly ackWaitMs: number;
}

export interface AttemptConsumer extends Subscription {
  /** Stops taking new deliveries. What was handed over stays with its holder to acknowledge or release. */
  stop(): Promise<void>;
}

/** One hand-over of an attempt. The same attempt may be delivered again after a crash or a missed heartbeat. */
export interface Delivery {
  /** The stored message's identity: equal for every delivery of it. */
  readonly messageId: string;
  /** As in {@link QueuedAttempt}: known also of a message that cannot be read. */
  readonly runId: string;
  /** Counted from 1. */
  readonly deliveryCount: number;
  readonly priority: number;
  readonly bytes: Uint8Array;
  /** The attempt is done with; removes it from the queue. */
  ack(): void;
  /** Gives it back, to be delivered to any worker after `delayMs`. */
  release(delayMs: number): void;
  /** A heartbeat: restarts the ack wait. */
  extend(): void;
}
