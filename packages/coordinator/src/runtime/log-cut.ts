import { announcementIn, encodePayload } from "@arpeggio/core";
import type { LogPlace, Subscription, Transport } from "@arpeggio/core";
import type { Lease } from "./lease.ts";
import { isLogCut } from "./log-reading.ts";
import type { CoordinatorLogger } from "./logger.ts";
import { ownRun } from "./owned-run.ts";
import type { OwnedRun } from "./owned-run.ts";
import { untilRead } from "./plan-loader.ts";
import type { StateStore } from "./state-store.ts";
import type { CoordinatorStats } from "./stats.ts";
import { encodeRun } from "../run/run-snapshot.ts";

/** The last message of a partition that its log still has of what was read; the time is unknown to earlier releases. */
export interface KeptEnd {
  readonly sequence: number;
  readonly timestampMs: number | undefined;
}

export interface CutPartition {
  readonly transport: Transport;
  readonly partition: number;
  readonly lease: Lease;
  readonly log: CoordinatorLogger;
  readonly stats: CoordinatorStats;
  readonly states: StateStore;
  /** Those that have a state. */
  readonly runs: {
    values(): Iterable<OwnedRun>;
    set(id: string, run: OwnedRun): void;
  };
  /** Told before reading begins. */
  readonly onCut: (end: KeptEnd) => void;
}

/**
 * Begins to read a partition; where its log was cut, after bringing mark and states back to what is left.
 *
 * The log was cut if its server came back without the newest messages, after a power loss or from an older backup. It may
 * have stored others since, with the numbers of the lost ones.
 *
 * That it was cut shows in the newest message that was folded: the lease names it, and the log ends before it or has another one
 * in its place. Where it was cut shows in the times: what was kept is not younger than that message, and what came after the cut
 * is, since the server was away in between. A server whose clock was set back by more than that makes what it stores at first
 * look kept, and what of it has a number below the mark is then passed over.
 *
 * What is known is folded on from there:
 *
 * - A state that is newer than the end of what was kept says more than the log. It gets the number of that end, and everything
 *   that came after the cut is folded into it. It may be told what it knows, which changes nothing.
 * - Any other run is what the kept part makes of it, with or without a state. What it had done since is done again: reports of
 *   attempts that by its own account it has not sent are ignored.
 * - Queues may have been cut at another place. So whatever is under way is looked for in them.
 *
 * A lease that is lost, too, names an older message, which the log may still have. Then the cut shows in states that are newer than the log
 * is long, and everything behind that older message is folded into them: most of it tells them what they know.
 *
 * What is not known stays lost: starts, signals, pauses and cancels that only the lost part had. And a run that had opened
 * several maps at once there may open them in another order now: an attempt that was sent before the cut then reports under a
 * number that is another node's by now, and is taken for it.
 *
 * A note that the log was cut stays until all that follows from it is stored ({@link forgetCut}): whoever takes the partition over
 * in the middle goes on with it. It goes before any state is stored that is newer than the cut, as that would be brought back, too.
 */
export async function readPastCut(cut: CutPartition, begin: () => Promise<void>): Promise<void> {
  const { transport, partition, lease, log } = cut;
  const noted = await untilRead(transport.clock, log, () => readNote(transport, partition));
  if (noted !== undefined) await goOn(cut, noted);
  else if (await isOlderThanStates(cut)) {
    const end = { sequence: lease.lastRead?.sequence ?? 0, timestampMs: lease.lastRead?.timestampMs };
    log.error(
      `the log of partition ${partition} ends before what its newest state was made of, and its lease is older, too: the server has ` +
        `lost its newest messages. Runs go on from their last checkpoint, with whatever follows ${end.sequence}`,
    );
    await writeNote(transport, partition, end);
    await goOn(cut, end);
  }
  try {
    await begin();
  } catch (error) {
    if (!isLogCut(error)) throw error;
    const end = await keptEnd(cut, error.last);
    const { lastRead, mark } = lease;
    log.error(
      `the log of partition ${partition} has lost what followed ${end.sequence}, and everything up to ` +
        `${lastRead?.sequence ?? mark} was read from it: the server has lost its newest messages. Runs go on from their ` +
        `last checkpoint; starts that were lost are lost`,
      error,
    );
    await writeNote(transport, partition, end);
    await goOn(cut, end);
    await begin();
  }
}

/** Whether there is a state that is newer than the lease says there can be, and than the log is long. */
async function isOlderThanStates({ transport, partition, lease, log, runs }: CutPartition): Promise<boolean> {
  let newest = 0;
  for (const { restoredTo } of runs.values()) newest = Math.max(newest, restoredTo);
  if (newest <= Math.max(lease.mark, lease.lastRead?.sequence ?? 0)) return false;
  const reader = { onMessage: () => {}, onCaughtUp: () => {}, onError: () => {} };
  try {
    const begin = () => transport.events.read(partition, newest + 1, reader);
    await (await untilRead(transport.clock, log, begin, isLogCut)).stop();
    return false;
  } catch (error) {
    if (isLogCut(error)) return true;
    throw error;
  }
}

/** @param last the last message that is there, for a lease of an earlier release, which names none. */
function keptEnd({ transport, partition, lease, log }: CutPartition, last: number): Promise<KeptEnd> {
  const { lastRead } = lease;
  if (lastRead === undefined) return Promise.resolve({ sequence: last, timestampMs: undefined });
  return untilRead(transport.clock, log, () => lastNotYounger(transport, partition, lastRead));
}

/** The last message that was stored not later than one that is lost; the place before all messages if there is none. */
function lastNotYounger({ events }: Transport, partition: number, lost: LogPlace): Promise<KeptEnd> {
  return new Promise((resolve, reject) => {
    let end: KeptEnd = { sequence: 0, timestampMs: undefined };
    let subscription: Subscription | undefined;
    let isFound = false;
    const finish = () => {
      isFound = true;
      void subscription?.stop();
      resolve(end);
    };
    const reader = {
      onMessage: ({ sequence, timestampMs }: LogPlace) => {
        if (isFound) return;
        if (timestampMs > lost.timestampMs || sequence >= lost.sequence) finish();
        else end = { sequence, timestampMs };
      },
      onCaughtUp: finish,
      onError: reject,
    };
    events.read(partition, 0, reader).then((begun) => {
      subscription = begun;
      if (isFound) void begun.stop();
    }, reject);
  });
}

/** What fails is done by whoever takes the partition next. */
async function goOn(cut: CutPartition, end: KeptEnd): Promise<void> {
  const { lease, states, stats, runs, onCut } = cut;
  const { sequence, timestampMs } = end;
  stats.logCuts++;
  lease.noteCut();
  onCut(end);
  lease.noteRead(timestampMs === undefined ? undefined : { sequence, timestampMs });
  if (!(await lease.renew(Math.min(lease.mark, sequence)))) return;
  for (const run of Array.from(runs.values())) {
    if (run.restoredTo <= sequence) continue;
    const { revision, blob } = run;
    const back = ownRun(run.state, { sequence, restoredTo: sequence, revision, blob });
    runs.set(run.state.start.run, back);
    if (!(await states.store(back, encodeRun(back.state, sequence), lease))) return;
  }
}

/** All that follows from the cut is stored, and no state yet that is newer. */
export async function forgetCut(transport: Transport, partition: number): Promise<void> {
  await transport.bucket("partitions").delete(keyOf(partition));
}

async function readNote(transport: Transport, partition: number): Promise<KeptEnd | undefined> {
  const entry = await transport.bucket("partitions").get(keyOf(partition));
  if (entry === undefined) return undefined;
  const [sequence, timestampMs] = announcementIn(entry.value);
  if (typeof sequence !== "number") return undefined;
  return { sequence, timestampMs: typeof timestampMs === "number" ? timestampMs : undefined };
}

async function writeNote(transport: Transport, partition: number, { sequence, timestampMs }: KeptEnd): Promise<void> {
  const note = encodePayload(timestampMs === undefined ? [sequence] : [sequence, timestampMs]);
  await transport.bucket("partitions").put(keyOf(partition), note);
}

function keyOf(partition: number): string {
  return `cut-${partition}`;
}
