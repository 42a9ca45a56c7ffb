import {
  argumentPlace,
  blobReferenceOf,
  encodeEvent,
  encodePayload,
  errorInfoOf,
  evaluate,
  ExpressionFailedError,
  isArpeggioError,
  loadPayload,
  offloadPayload,
} from "@arpeggio/core";
import type { EventWriter, Payload, RunEvent, Transport } from "@arpeggio/core";
import type { CoordinatorStats } from "./stats.ts";
import type { Writes } from "./writes.ts";
import { evaluationOf } from "../run/attempt-input.ts";
import type { Evaluation } from "../run/attempt-input.ts";
import { loggedName } from "../run/round-names.ts";
import type { RunState } from "../run/run-state.ts";

/** What a worker or client has stored that will not become better by reading it again. */
const finalCodes: ReadonlySet<string> = new Set([
  "BLOB_CORRUPT",
  "BLOB_KEY_INVALID",
  "BLOB_NOT_FOUND",
  "RECORD_UNDECODABLE",
  "VALUE_NOT_SERIALISABLE",
]);

export interface EvaluationsOptions {
  readonly transport: Transport;
  readonly partition: number;
  readonly writes: Writes;
  readonly events: EventWriter;
  readonly stats: CoordinatorStats;
}

/** Works out what only decoded values can answer, and puts it into the log. */
export class Evaluations {
  readonly #options: EvaluationsOptions;
  /** Run and target of those that are not in the log yet. */
  readonly #underWay = new Set<string>();

  constructor(options: EvaluationsOptions) {
    this.#options = options;
  }

  begin(run: RunState, target: string): void {
    const { writes, events, partition, stats } = this.#options;
    const evaluation = evaluationOf(run, target);
    if (evaluation === undefined) return;
    stats.evaluations++;
    const id = run.start.run;
    const logged = loggedName(run, target);
    this.#underWay.add(`${id} ${target}`);
    writes.begin(async () => {
      const event = await this.#evaluate(id, logged, evaluation);
      await events.write(partition, encodeEvent(event));
      this.#underWay.delete(`${id} ${target}`);
    });
  }

  isUnderWay(run: string, target: string): boolean {
    return this.#underWay.has(`${run} ${target}`);
  }

  async #evaluate(run: string, target: string, evaluation: Evaluation): Promise<RunEvent> {
    try {
      return { type: "expression.evaluated", run, target, value: await this.#valueOf(run, target, evaluation) };
    } catch (error) {
      if (!isFinalReadError(error) && !(error instanceof ExpressionFailedError)) throw error;
      return { type: "expression.evaluated", run, target, error: withoutStack(error) };
    }
  }

  async #valueOf(run: string, target: string, { expr, args }: Evaluation): Promise<Payload> {
    const { limits, blobs } = this.#options.transport;
    const [only] = args;
    // Nothing is asked of the value but to be there: it can stay where it is.
    if ("ref" in expr && expr.path === undefined && only !== undefined && blobReferenceOf(only) !== undefined)
      return only;
    const values = await Promise.all(args.map((arg) => loadPayload(arg, (key) => blobs.get(key))));
    const payload = encodePayload(evaluate(expr, (ref) => values[argumentPlace(ref)]));
    const key = `${run}/${target.replaceAll(":", "-")}`;
    return offloadPayload(payload, { inlineBytesMax: limits.inlineBytesMax, blobs, key });
  }
}

/** Whether reading a value failed because of the value, so that trying again is in vain. */
export function isFinalReadError(error: unknown): boolean {
  return isArpeggioError(error) && finalCodes.has(error.code);
}

// Where in the engine it happened is of no use to anybody, and differs from release to release.
function withoutStack(error: unknown): ReturnType<typeof errorInfoOf> {
  const { stack: _stack, ...info } = errorInfoOf(error);
  return info;
}
