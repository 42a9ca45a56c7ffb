import type { LogPlace, Transport } from "@arpeggio/core";
import type { Lease } from "./lease.ts";
import { forgetCut } from "./log-cut.ts";
import type { CoordinatorLogger } from "./logger.ts";
import { LostEnds } from "./lost-ends.ts";
import type { LeftRun, LostEndsOptions } from "./lost-ends.ts";

export interface CutRecoveryOptions extends LostEndsOptions {
  readonly transport: Transport;
  readonly lease: Lease;
  readonly log: CoordinatorLogger;
  /** The runs as the log has them now. */
  readonly left: () => Iterable<LeftRun>;
  /** It may go live, as far as the cut is concerned. */
  readonly onReady: () => void;
}

/** What an owner whose log has lost its end has to do before it goes live, and before it stores states. */
export class CutRecovery {
  readonly #options: CutRecoveryOptions;
  readonly #lostEnds: LostEnds;
  #isUnderWay = false;
  /** Whether it is known which runs had ended. */
  #ends: "unknown" | "asked" | "known" = "known";

  constructor(options: CutRecoveryOptions) {
    this.#options = options;
    this.#lostEnds = new LostEnds(options);
  }

  /** The log has lost its end, and not all that follows from it is stored. */
  get isUnderWay(): boolean {
    return this.#isUnderWay;
  }

  begin(): void {
    this.#isUnderWay = true;
    this.#ends = "unknown";
  }

  /**
   * Whether the partition may go live. If not, it is seen to: before anything is sent, runs that had ended are folded to
   * their ends.
   */
  isReady(): boolean {
    if (this.#ends === "unknown") this.#restoreEnds();
    return this.#ends === "known";
  }

  #restoreEnds(): void {
    const { left, log, onReady } = this.#options;
    this.#ends = "asked";
    this.#lostEnds.restore([...left()]).then(
      (isFolded) => {
        if (!isFolded) return;
        this.#ends = "known";
        onReady();
      },
      // Only a closed transport ends this badly, and with it the reading of the log ends, too.
      (error: unknown) => log.debug("which runs had ended was not found out", error),
    );
  }

  /** It shows here, by the last message that was folded, that the log was cut: it has to show to the next owner, too. */
  handOn(lastRead: LogPlace): void {
    const { lease, log } = this.#options;
    lease.noteRead(lastRead);
    lease.keep().catch((error: unknown) => log.warn("the next owner may not notice that the log was cut", error));
  }

  /** Everything that was sent is stored. False if somebody else owns the partition by now: then he still needs the note. */
  async end(): Promise<boolean> {
    if (!this.#isUnderWay) return true;
    const { transport, partition, lease } = this.#options;
    if (!(await lease.keep())) return false;
    await forgetCut(transport, partition);
    this.#isUnderWay = false;
    return true;
  }
}
