import { decodeLease, partitionOf } from "@arpeggio/core";
import type { Subscription, Transport } from "@arpeggio/core";
import type { DoneFault } from "./fault-runner.ts";

/** How long a partition stood still after its coordinator was killed. */
export interface Recovery {
  readonly partition: number;
  readonly killed: string;
  readonly atMs: number;
  /** Until the first outcome by another owner; undefined if there was none. */
  readonly tookMs: number | undefined;
}

interface Owned {
  readonly owner: string;
  readonly atMs: number;
}

/** Watches who owns which partition, and when runs end there. */
export class RecoveryWatch {
  readonly #owners: Owned[][];
  readonly #outcomes: number[][];
  readonly #partitions: number;
  readonly #stopped: { coordinator: string; atMs: number; partitions: readonly number[] }[] = [];
  #subscriptions: readonly Subscription[] = [];

  constructor(partitions: number) {
    this.#partitions = partitions;
    this.#owners = Array.from({ length: partitions }, () => []);
    this.#outcomes = Array.from({ length: partitions }, () => []);
  }

  async start(transport: Transport): Promise<void> {
    for (let partition = 0; partition < this.#partitions; partition++) {
      const entry = await transport.bucket("partitions").get(String(partition));
      if (entry !== undefined) this.#own(partition, decodeLease(entry.value).owner);
    }
    this.#subscriptions = [
      await transport
        .bucket("partitions")
        .observe("*", ({ key, value }) => this.#own(Number(key), decodeLease(value).owner)),
      await transport
        .bucket("results")
        .observe("*.*", ({ key }) =>
          this.#outcomes[partitionOf(key.slice(0, key.indexOf(".")), this.#partitions)]?.push(Date.now()),
        ),
    ];
  }

  async stop(): Promise<void> {
    for (const subscription of this.#subscriptions) await subscription.stop();
  }

  /** A coordinator is about to be killed. */
  killed(coordinator: string): void {
    const isIts = (owned: Owned | undefined) => owned?.owner.startsWith(`${coordinator}.`) === true;
    const partitions = this.#owners.flatMap((owners, partition) => (isIts(owners.at(-1)) ? [partition] : []));
    this.#stopped.push({ coordinator, atMs: Date.now(), partitions });
  }

  recoveries(): readonly Recovery[] {
    return this.#stopped.flatMap(({ coordinator, atMs, partitions }) =>
      partitions.map((partition) => {
        const successor = this.#owners[partition]?.find((owned) => owned.atMs >= atMs && owned.owner !== "");
        const outcome = successor && this.#outcomes[partition]?.find((endedAtMs) => endedAtMs >= successor.atMs);
        return { partition, killed: coordinator, atMs, tookMs: outcome === undefined ? undefined : outcome - atMs };
      }),
    );
  }

  #own(partition: number, owner: string): void {
    const owners = this.#owners[partition];
    if (owners !== undefined && owners.at(-1)?.owner !== owner) owners.push({ owner, atMs: Date.now() });
  }
}

/** Whether something else that holds a partition up went wrong at the same time: another coordinator, or a server. */
export function isDisturbed(recovery: Recovery, faults: readonly DoneFault[], untilMs: number): boolean {
  const { atMs, killed, tookMs } = recovery;
  const toMs = tookMs === undefined ? untilMs : atMs + tookMs;
  return faults.some(
    ({ target, fromMs, toMs: overMs }) =>
      !target.startsWith("w") && !(target === killed && fromMs <= atMs + 50) && fromMs < toMs && overMs > atMs,
  );
}
