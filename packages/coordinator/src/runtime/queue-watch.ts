import { partitionOf } from "@arpeggio/core";
import type { PassedOverJudge, StoredAttempt, Subscription, Transport } from "@arpeggio/core";
import type { PartitionOwner } from "./partition-owner.ts";

export interface QueueWatchOptions {
  readonly transport: Transport;
  /** The owners of this coordinator's partitions, as far as they know all their runs. */
  readonly owners: () => readonly PartitionOwner[];
}

/** Sees to it that queues deliver what they hold, where the broker needs help with that: see `AttemptQueues.attend`. */
export class QueueWatch implements PassedOverJudge {
  readonly #options: QueueWatchOptions;
  #attending: Subscription | undefined;

  constructor(options: QueueWatchOptions) {
    this.#options = options;
  }

  start(): void {
    this.#attending = this.#options.transport.attempts.attend?.(this);
  }

  async stop(): Promise<void> {
    await this.#attending?.stop();
  }

  /** One partition has one owner. */
  get isFirst(): boolean {
    return this.#options.owners().some(({ partition }) => partition === 0);
  }

  async judge(attempt: StoredAttempt): Promise<"wanted" | "dispensable" | "unknown"> {
    return (await this.#ownerOf(attempt)?.passed.judge(attempt)) ?? "unknown";
  }

  async requeue(attempt: StoredAttempt): Promise<boolean> {
    return (await this.#ownerOf(attempt)?.passed.requeue(attempt)) === true;
  }

  #ownerOf({ runId }: StoredAttempt): PartitionOwner | undefined {
    const { transport, owners } = this.#options;
    const partition = partitionOf(runId, transport.events.partitions);
    return owners().find((owner) => owner.partition === partition);
  }
}
