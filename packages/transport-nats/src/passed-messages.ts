import type { PassedOverJudge, StoredAttempt } from "@arpeggio/core";
import { messageIdAt } from "./delivery.ts";
import type { JetStreamApi } from "./jetstream-api.ts";
import { runOfAttempt, type Names } from "./names.ts";
import type { StoredMessage } from "./server-answers.ts";
import { stepThrough } from "./stepping.ts";

export interface PassedMessagesOptions {
  readonly api: JetStreamApi;
  readonly names: Names;
  readonly replicas: number;
  readonly judge: PassedOverJudge;
}

/** Those of a consumer. */
export interface PassedPart {
  readonly consumer: string;
  /** The last place in the stream that the consumer has left behind. */
  readonly upTo: number;
  /** The consumer is to be made anew, and delivers then what is wanted. */
  readonly isReadAnew: boolean;
  /** Whether it is still the server that was looked at, as far as the connection tells. */
  isSame(): boolean;
}

/** Messages that are judged in one look. */
const COUNT_MAX = 1_000;
/** Runs that are looked at side by side. */
const SIDE_BY_SIDE = 32;

/** The attempts that a queue's consumer has passed over: what is wanted is queued again, and what is not is removed. */
export class PassedMessages {
  readonly #options: PassedMessagesOptions;

  constructor(options: PassedMessagesOptions) {
    this.#options = options;
  }

  /** @returns what is left, by its numbers. */
  async settle(part: PassedPart): Promise<readonly number[]> {
    const runs = [...(await this.#found(part)).values()];
    const left: number[] = [];
    const work = async () => {
      for (let messages = runs.shift(); messages !== undefined; messages = runs.shift()) {
        for (const message of messages) {
          if (part.isSame() && (await this.#isSettled(message, part))) continue;
          left.push(message.sequence);
          // Of two messages of one attempt, the first may go because of the second, and then the second must stay.
          break;
        }
      }
    };
    await Promise.all(Array.from({ length: SIDE_BY_SIDE }, work));
    return left;
  }

  /** By their runs, each in the order of the stream. */
  async #found({ consumer, upTo }: PassedPart): Promise<ReadonlyMap<string, readonly StoredMessage[]>> {
    const { api, names, replicas } = this.#options;
    const { stream, laneOf, ofBand } = names.attempts;
    const found = new Map<string, StoredMessage[]>();
    const lane = laneOf(consumer);
    if (lane === undefined) return found;
    let count = 0;
    for await (const message of stepThrough(api, { stream, filter: ofBand(lane.queue, lane.band), replicas })) {
      if (message.sequence > upTo || ++count > COUNT_MAX) break;
      const run = runOfAttempt(message.subject);
      const others = found.get(run);
      if (others === undefined) found.set(run, [message]);
      else others.push(message);
    }
    return found;
  }

  async #isSettled(message: StoredMessage, part: PassedPart): Promise<boolean> {
    const { judge, names } = this.#options;
    const attempt = attemptIn(message, names.attempts.laneOf(part.consumer)?.queue ?? "");
    const verdict = await judge.judge(attempt);
    if (verdict === "wanted" && part.isReadAnew) return true;
    const isDispensable = verdict === "wanted" ? await judge.requeue(attempt) : verdict === "dispensable";
    return isDispensable && (await this.#isRemoved(message, part));
  }

  async #isRemoved({ sequence, timestampMs }: StoredMessage, part: PassedPart): Promise<boolean> {
    const { api, names, replicas } = this.#options;
    const { stream } = names.attempts;
    // To a server that was killed meanwhile the number may be that of a new message.
    const found = await api.messageAt(stream, sequence, replicas);
    if (found?.timestampMs !== timestampMs || !part.isSame()) return false;
    return api.callOnce(`STREAM.MSG.DELETE.${stream}`, { seq: sequence, no_erase: true });
  }
}

function attemptIn({ subject, sequence, timestampMs, bytes }: StoredMessage, queue: string): StoredAttempt {
  return { queue, runId: runOfAttempt(subject), messageId: messageIdAt(sequence, timestampMs), bytes };
}
