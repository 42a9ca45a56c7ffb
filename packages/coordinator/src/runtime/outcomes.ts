import {
  decodeOutcome,
  encodeOutcome,
  encodeRemains,
  MessageTooLargeError,
  offloadPayload,
  RecordUndecodableError,
  remainsKey,
  RevisionMismatchError,
  ValueNotSerialisableError,
} from "@arpeggio/core";
import type { KeyValue, OutcomeRecord, Payload, RunFailureRecord, RunRemains, Transport } from "@arpeggio/core";
import type { CoordinatorStats } from "./stats.ts";
import { tell, Write } from "./writes.ts";
import type { Writes } from "./writes.ts";
import type { FinishCommand } from "../fold/commands.ts";
import { namedResultsOf } from "../run/named-results.ts";
import { countsOf } from "../run/run-state.ts";
import type { RunStart, RunState } from "../run/run-state.ts";
import { payloadOf } from "../run/value.ts";

/** What a run came to, with the starter's token. */
export interface EndedRun {
  readonly client: string;
  readonly outcome: OutcomeRecord;
  /** Where it did not succeed: what a redrive may go on with. */
  readonly remains?: RunRemains;
  /** The outcome as it is stored already: it is stored again only where it is lost. */
  readonly stored?: Uint8Array;
}

/** How a run ended with the message of this sequence, as it is stored; the value not yet offloaded. */
export function endOf(run: RunState, command: FinishCommand, sequence: number): EndedRun {
  const { state, value, failure, remains, stored } = command;
  const { start, startedAtMs, endedAtMs } = run;
  if (stored !== undefined) return { client: start.client, outcome: decodeOutcome(stored), stored };
  const named = namedResultsOf(run);
  // Properties are added one by one: copying objects with numbers in them is most of what making an outcome would cost.
  const outcome: { -readonly [K in keyof OutcomeRecord]: OutcomeRecord[K] } = {
    run: start.run,
    workflow: start.workflow,
    graph: start.graph,
    state,
    startedAtMs,
    endedAtMs,
    counts: countsOf(run),
  };
  if (value !== undefined) outcome.value = payloadOf(value);
  if (failure !== undefined) outcome.failure = failure;
  if (start.labels !== undefined) outcome.labels = start.labels;
  if (named !== undefined) outcome.named = named;
  if (start.redriveOf !== undefined) outcome.redriveOf = start.redriveOf;
  if (run.startSequence > 0) {
    outcome.firstSequence = run.startSequence;
    outcome.lastSequence = sequence;
    if (run.blobs !== undefined) outcome.blobs = run.blobs;
  }
  return remains === undefined ? { client: start.client, outcome } : { client: start.client, outcome, remains };
}

/** How a run ends that cannot even begin, or not go on. */
export function endOfUnstarted(
  start: RunStart,
  failure: Omit<RunFailureRecord, "failures">,
  startedAtMs: number,
  endedAtMs = startedAtMs,
): EndedRun {
  const { run, workflow, graph, client, labels, redriveOf } = start;
  const outcome: OutcomeRecord = {
    run,
    workflow,
    graph,
    state: "failed",
    failure: { ...failure, failures: [] },
    startedAtMs,
    endedAtMs,
    counts: {},
    ...(labels === undefined ? {} : { labels }),
    ...(redriveOf === undefined ? {} : { redriveOf }),
  };
  return { client, outcome };
}

export interface OutcomesOptions {
  readonly transport: Transport;
  readonly writes: Writes;
  readonly stats: CoordinatorStats;
  readonly onStored: () => void;
}

/** Stores outcomes: the put is also what tells the client that waits. */
export class Outcomes {
  readonly #options: OutcomesOptions;
  /** The runs whose outcomes are not known to be stored yet. */
  readonly #underWay = new Set<string>();

  constructor(options: OutcomesOptions) {
    this.#options = options;
  }

  isUnderWay(run: string): boolean {
    return this.#underWay.has(run);
  }

  /** @param before what has to be done first; its failing does not keep the outcome back. */
  put({ client, outcome, remains, stored }: EndedRun, before?: () => Promise<void>): void {
    const { transport, writes, stats } = this.#options;
    this.#underWay.add(outcome.run);
    const results = transport.bucket("results");
    const key = outcomeKey(outcome.run, client);
    if (stored !== undefined) {
      writes.begin(async () => {
        await before?.();
        await storeIfAbsent(results, key, stored);
        this.onStored(outcome.run);
      });
      return;
    }
    stats.outcomes++;
    const isSmall = bytesOf(outcome) <= transport.limits.inlineBytesMax;
    if (isSmall && before === undefined && remains === undefined) {
      const { onTooLarge, onStored } = this;
      writes.add(new OutcomeWrite({ results, key, run: outcome.run, onTooLarge, onStored }, encoded(outcome)));
      return;
    }
    writes.begin(
      async () => {
        await before?.();
        // Before the outcome, because whoever has read that may redrive at once.
        if (remains !== undefined) await transport.blobs.put(remainsKey(outcome.run), encodeRemains(remains));
        await results.put(key, encoded(await this.#offloaded(outcome)));
        this.onStored(outcome.run);
      },
      (error) => {
        if (!(error instanceof MessageTooLargeError)) return false;
        this.onTooLarge(key, outcome);
        return true;
      },
    );
  }

  /** Called by what is put. */
  readonly onStored = (run: string): void => {
    this.#underWay.delete(run);
    this.#options.onStored();
  };

  /** Called by what is put. */
  readonly onTooLarge = (key: string, outcome: OutcomeRecord): void => {
    const { transport, writes } = this.#options;
    writes.begin(async () => {
      await transport.bucket("results").put(key, encodeOutcome(shortened(outcome)));
      this.onStored(outcome.run);
    });
  };

  async #offloaded(outcome: OutcomeRecord): Promise<OutcomeRecord> {
    const { limits, blobs } = this.#options.transport;
    const { run, value, named } = outcome;
    const values = Object.entries(named ?? {});
    // Together they may be too much: those go that are larger than their share.
    const inlineBytesMax = Math.floor(limits.inlineBytesMax / (values.length + 1));
    const offloaded = (payload: Payload, name: string) =>
      offloadPayload(payload, { inlineBytesMax, blobs, key: `${run}/${name}` });
    // Waited for together: one that fails while another is waited for would be a rejection that nobody catches.
    const [output, others] = await Promise.all([
      value && offloaded(value, "output"),
      Promise.all(values.map(async ([path, payload], i) => [path, await offloaded(payload, `named-${i}`)] as const)),
    ]);
    return {
      ...outcome,
      ...(output === undefined ? {} : { value: output }),
      ...(named === undefined ? {} : { named: Object.fromEntries(others) }),
    };
  }
}

interface OutcomePlace {
  readonly results: KeyValue;
  readonly key: string;
  readonly run: string;
  readonly onStored: (run: string) => void;
  readonly onTooLarge: (key: string, outcome: OutcomeRecord) => void;
}

/** The put of an outcome that lies in one message. */
class OutcomeWrite extends Write {
  readonly #place: OutcomePlace;
  readonly #bytes: Uint8Array;
  /** A shorter one takes its place, and is still to be stored. */
  #isTooLarge = false;

  constructor(place: OutcomePlace, bytes: Uint8Array) {
    super();
    this.#place = place;
    this.#bytes = bytes;
  }

  send(): void {
    const { results, key } = this.#place;
    if (results.store === undefined) tell(this, results.put(key, this.#bytes));
    else results.store(key, this.#bytes, this);
  }

  override onStored(): void {
    super.onStored();
    if (!this.#isTooLarge) this.#place.onStored(this.#place.run);
  }

  override isFinal(error: unknown): boolean {
    if (!(error instanceof MessageTooLargeError)) return false;
    this.#isTooLarge = true;
    this.#place.onTooLarge(this.#place.key, decodeOutcome(this.#bytes));
    return true;
  }
}

async function storeIfAbsent(results: KeyValue, key: string, value: Uint8Array): Promise<void> {
  try {
    await results.putAt(key, value, 0);
  } catch (error) {
    if (!(error instanceof RevisionMismatchError)) throw error;
  }
}

/** Where the outcome of a run lies in its bucket. */
export function outcomeKey(run: string, client: string): string {
  return `${run}.${client}`;
}

/** An outcome as it is stored; undefined where it cannot be read. */
export function readOutcome(bytes: Uint8Array): OutcomeRecord | undefined {
  try {
    return decodeOutcome(bytes);
  } catch (error) {
    if (!(error instanceof RecordUndecodableError)) throw error;
    return undefined;
  }
}

/** One that cannot be stored as it is goes without its details, as one that no message takes does. */
function encoded(outcome: OutcomeRecord): Uint8Array {
  try {
    return encodeOutcome(outcome);
  } catch (error) {
    if (!(error instanceof ValueNotSerialisableError)) throw error;
    return encodeOutcome(shortened(outcome));
  }
}

function bytesOf({ value, named }: OutcomeRecord): number {
  let bytes = value?.length ?? 0;
  if (named !== undefined) for (const payload of Object.values(named)) bytes += payload.length;
  return bytes;
}

const MESSAGE_CHARS_MAX = 2_000;

/** An outcome that no message takes, without what makes it large: that the run ended is more than why. */
export function shortened({
  labels: _labels,
  named: _named,
  blobs: _blobs,
  failure,
  ...outcome
}: OutcomeRecord): OutcomeRecord {
  if (failure === undefined) return outcome;
  const { code, message, node, attempt } = failure;
  const short = {
    code,
    message: message.slice(0, MESSAGE_CHARS_MAX),
    ...(node === undefined ? {} : { node: node.slice(0, MESSAGE_CHARS_MAX) }),
    ...(attempt === undefined ? {} : { attempt }),
    failures: [],
  };
  return { ...outcome, failure: short };
}
