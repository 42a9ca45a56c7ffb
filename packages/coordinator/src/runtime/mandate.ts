import { elapsedMs } from "@arpeggio/core";
import type { Transport } from "@arpeggio/core";
import type { Fence } from "./fence.ts";
import type { Lease } from "./lease.ts";
import type { CoordinatorStats } from "./stats.ts";
import { StoredAttempts } from "./stored-attempts.ts";
import type { Writes } from "./writes.ts";

/**
 * How long it counts that the log was read to its end, in milliseconds. In a cluster, the server that has the queues may be killed and come
 * back without a word to us; that takes longer than this.
 */
const READ_MS_MAX = 100;

export interface MandateOptions {
  readonly transport: Transport;
  readonly lease: Lease;
  readonly leaseMs: number;
  readonly fence: Fence;
  readonly writes: Writes;
  readonly stats: CoordinatorStats;
}

/**
 * Whether the owner of a partition may send an attempt. A queue knows a repeated attempt by its id, but a server that was
 * restarted has forgotten the ids of all that was done and removed. So:
 *
 * - for the first time it is sent only as long as nobody else can have taken the partition, and so have sent it, too;
 * - again only if it is still wanted after the log has been read to its end. An attempt is removed from its queue after
 *   its outcome is in the log: what was removed before the log was read to its end is not wanted any more, and what was
 *   not is recognised.
 */
export class Mandate {
  readonly #options: MandateOptions;
  readonly #stored: StoredAttempts;
  #keeping: Promise<boolean> | undefined;

  constructor(options: MandateOptions) {
    this.#options = options;
    this.#stored = new StoredAttempts(options.transport);
  }

  /** Whether nobody else can have taken the partition. */
  get isFresh(): boolean {
    const { lease, leaseMs } = this.#options;
    // Some of it is left for what is on its way, and for clocks that do not go alike.
    return lease.ageMs < leaseMs * 0.75;
  }

  /** Resolves when nobody else can have taken the partition; false if somebody has, or it was given up. */
  async #isHeld(): Promise<boolean> {
    const { lease, writes } = this.#options;
    while (!writes.isStopped) {
      if (this.isFresh) return true;
      // One renewal for all that wait.
      this.#keeping ??= lease.keep().finally(() => (this.#keeping = undefined));
      if (!(await this.#keeping)) return false;
    }
    return false;
  }

  /**
   * Whether an attempt that may have been sent before may be sent now.
   *
   * @param sinceMs when it may have been sent first
   * @throws when the log is no longer read, so that this cannot be known.
   */
  async mayRepeat(attempt: RepeatedAttempt, sinceMs: number): Promise<boolean> {
    const { fence, writes, transport, stats } = this.#options;
    const { clock, limits } = transport;
    const { runId, node, attempt: number } = attempt;
    // Half of it, because the clocks of log and queue need not be ours.
    const isOld = clock.now() - sinceMs > limits.dedupeMs / 2;
    if (isOld && (await this.#stored.has(runId, node, number))) return false;
    let readAtMs: number;
    let isHeld: boolean;
    do {
      if (!(await fence.passed()) && !writes.isStopped) {
        throw new Error(`whether attempt ${attempt.id} is still to be sent cannot be known: the log is no longer read`);
      }
      readAtMs = elapsedMs(clock);
      isHeld = await this.#isHeld();
      // A renewal of the lease may take long.
    } while (isHeld && elapsedMs(clock) - readAtMs > READ_MS_MAX);
    if (isHeld && attempt.isWanted) return true;
    stats.withdrawn++;
    return false;
  }
}

/** What has to be known of an attempt before it is sent again. */
export interface RepeatedAttempt {
  readonly id: string;
  readonly runId: string;
  readonly node: number;
  readonly attempt: number;
  /** Whether its run waits for it, as far as the log has been read. */
  readonly isWanted: boolean;
}
