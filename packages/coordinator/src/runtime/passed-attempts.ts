import { decodeAttempt } from "@arpeggio/core";
import type { StoredAttempt, Transport } from "@arpeggio/core";
import { isWanted } from "./dispatch.ts";
import type { Effects } from "./effects.ts";
import type { Fence } from "./fence.ts";
import type { CoordinatorLogger } from "./logger.ts";
import type { OwnedRun } from "./owned-run.ts";
import type { CoordinatorStats } from "./stats.ts";

export interface PassedAttemptsOptions {
  readonly transport: Transport;
  readonly fence: Fence;
  readonly log: CoordinatorLogger;
  readonly stats: CoordinatorStats;
  readonly find: (run: string) => OwnedRun | undefined;
  readonly effects: Effects;
}

/**
 * What is to become of the attempts of a partition that are stored, and that their queue has passed over: see
 * `AttemptQueues.attend`. An attempt is removed from its queue after its outcome is in the log. So one that came back is not wanted any
 * more when the log has been read to its end after it was found, and one that is wanted was never delivered to its end.
 */
export class PassedAttempts {
  readonly #options: PassedAttemptsOptions;

  constructor(options: PassedAttemptsOptions) {
    this.#options = options;
  }

  async judge(stored: StoredAttempt): Promise<"wanted" | "dispensable" | "unknown"> {
    const { fence, find } = this.#options;
    const { runId } = stored;
    const named = namedIn(stored.bytes);
    const run = find(runId);
    // The janitor removes what is stored for runs that have ended.
    if (named === undefined || run === undefined) return "unknown";
    // Whoever queued it again may have been killed before the first one was removed.
    const isStoredTwice = await this.#hasTwin(stored, named);
    if (!(await fence.passed())) return "unknown";
    // It may have ended meanwhile.
    if (find(runId) === undefined) return "dispensable";
    return !isStoredTwice && isWanted(run.state, named.node, named.attempt, true) ? "wanted" : "dispensable";
  }

  /** @returns whether the first message is dispensable now. */
  async requeue(stored: StoredAttempt): Promise<boolean> {
    const { find, effects, log, stats, fence } = this.#options;
    const { runId, queue, messageId, bytes } = stored;
    const run = find(runId);
    const named = namedIn(bytes);
    if (run === undefined || named === undefined) return false;
    const { node, attempt } = named;
    await effects.resend(run, node, attempt, `passed-${messageId}`);
    stats.passedOver++;
    log.info(
      `attempt ${attempt} of node ${node} of run ${runId} was passed over by queue '${queue}', and is queued again`,
    );
    // A worker may have done it by now, and the run have ended with it.
    if (find(runId) === undefined) return fence.passed();
    return (await this.judge(stored)) === "dispensable";
  }

  async #hasTwin({ runId, messageId }: StoredAttempt, named: NamedAttempt): Promise<boolean> {
    for await (const other of this.#options.transport.attempts.stored({ runId })) {
      if (other.messageId === messageId) continue;
      const twin = namedIn(other.bytes);
      if (twin?.node === named.node && twin.attempt === named.attempt) return true;
    }
    return false;
  }
}

interface NamedAttempt {
  readonly node: number;
  readonly attempt: number;
}

/** Undefined where it cannot be read: whoever takes it sets it aside. */
function namedIn(bytes: Uint8Array): NamedAttempt | undefined {
  try {
    return decodeAttempt(bytes);
  } catch {
    return undefined;
  }
}
