import {
  createClient,
  InputInvalidError,
  ResultTimedOutError,
  RunEndedError,
  SignalNotExpectedError,
} from "@arpeggio/client";
import type { RunStatus } from "@arpeggio/client";
import { createCoordinator } from "@arpeggio/coordinator";
import { checkedOptions, encodePayload, isInside, issuesText, OptionInvalidError, validateInput } from "@arpeggio/core";
import type { AnyCanvas, CompiledWorkflow, TaskContext, TaskDefinition } from "@arpeggio/core";
import { embedded } from "@arpeggio/transport-embedded";
import { createWorker, quietLogger } from "@arpeggio/worker";
import { DryRunHandlerMissingError, DryRunSignalMissingError, DryRunTimedOutError } from "./app-errors.ts";
import { shapeOf, signalNodesOf, signalsSurelyAwaited } from "./canvas-shape.ts";
import type { CanvasShape } from "./canvas-shape.ts";

/** How many nodes are named that a dry run still waits for. */
const WAITS_SHOWN = 3;

export interface PlanOptions {
  /**
   * What stands in for the code of each task, by its name; called with what the task would be called with. With them, the canvas
   * is run in memory, by itself.
   */
  readonly handlers?: Readonly<Record<string, (...args: never[]) => unknown>>;
  /** The values of the signals that the canvas waits for, by their names; each place that waits gets it, of a map or a loop one. */
  readonly signals?: Readonly<Record<string, unknown>>;
  /** How long the run in memory may take, in milliseconds; delays and sleeps take their time. @defaultValue `10_000` */
  readonly timeoutMs?: number;
}

/** What a canvas is, and what it needs; with handlers, also what it comes to. */
export interface CanvasPlan<out O = unknown> extends CanvasShape {
  readonly workflow: string;
  /** The version: the hash of its graph. */
  readonly graph: string;
  /** What the sample input takes when it is encoded, in bytes; 0 without one. */
  readonly inputBytes: number;
  /** Tasks that no live worker which reads their queue knows, nor this app. */
  readonly unknownTasks: readonly { readonly task: string; readonly queue: string }[];
  /** What the run in memory came to; only with `handlers`. */
  readonly value?: O;
}

/** The plan, but for what workers know. @throws InputInvalidError, OptionInvalidError, ValueNotSerialisableError */
export async function plannedCanvas(
  workflow: CompiledWorkflow,
  sample: unknown,
): Promise<Omit<CanvasPlan, "unknownTasks" | "value">> {
  if (sample !== undefined) {
    const checked = await validateInput(workflow, sample);
    if (!checked.ok) throw new InputInvalidError(workflow.name, issuesText(checked.issues));
  }
  return {
    workflow: workflow.name,
    graph: workflow.hash,
    ...shapeOf(workflow.graph),
    inputBytes: sample === undefined ? 0 : encodePayload(sample).length,
  };
}

/** @throws OptionInvalidError */
export function checkedPlanOptions(options: PlanOptions): PlanOptions {
  const checked = checkedOptions("the options of plan()", options, ["handlers", "signals", "timeoutMs"]);
  for (const [name, handler] of Object.entries(checked.handlers ?? {}))
    if (typeof handler !== "function") throw new OptionInvalidError(`handlers.${name}`, handler, "a function");
  return checked;
}

/**
 * Runs a canvas in memory with other code in the place of its tasks'. Nothing of it is seen outside.
 *
 * @throws DryRunHandlerMissingError, DryRunSignalMissingError, OptionInvalidError, RunFailedError, RunCancelledError, DryRunTimedOutError
 */
export async function dryRun(
  canvas: AnyCanvas,
  workflow: CompiledWorkflow,
  sample: unknown,
  { handlers = {}, signals = {}, timeoutMs = 10_000 }: PlanOptions,
): Promise<unknown> {
  const missing = [...workflow.tasks.keys()].filter((name) => handlers[name] === undefined);
  if (missing.length > 0) throw new DryRunHandlerMissingError(missing);
  const sent = sentSignals(workflow, signals);
  const tasks = [...workflow.tasks.values()].map((definition) => ({ definition: mocked(definition, handlers) }));
  const transport = await embedded().open("dry-run");
  const queues = shapeOf(workflow.graph).queues;
  const worker = createWorker({ transport, tasks, log: quietLogger, ...(queues.length === 0 ? {} : { queues }) });
  const coordinator = createCoordinator({ transport, name: "dry-run" });
  const client = await createClient({ transport, name: "dry-run" });
  try {
    await Promise.all([worker.start(), coordinator.start()]);
    const run = await (client as UntypedClient).run(canvas, sample);
    for (const { name, value } of sent) await run.signal(name, value).catch(throwUnlessNeedless);
    return await run.result({ timeoutMs }).catch((error: unknown) => throwWithWaits(run, timeoutMs, error));
  } finally {
    await worker.stop();
    await coordinator.stop();
    await client.close();
    await transport.close();
  }
}

/** A run of which no types are known here. */
interface UntypedRun {
  signal(name: string, value: unknown): Promise<void>;
  result(options: { timeoutMs: number }): Promise<unknown>;
  status(): Promise<RunStatus>;
}

interface UntypedClient {
  run(canvas: unknown, input: unknown): Promise<UntypedRun>;
}

/** One signal for each place that waits for it. @throws OptionInvalidError, DryRunSignalMissingError */
function sentSignals(
  { graph }: CompiledWorkflow,
  signals: NonNullable<PlanOptions["signals"]>,
): readonly { readonly name: string; readonly value: unknown }[] {
  const places = signalNodesOf(graph).map(({ signal }) => signal);
  for (const [name, value] of Object.entries(signals)) {
    if (places.includes(name)) continue;
    const known = places.length === 0 ? "none, as the canvas waits for no signal" : `one of ${places.join(", ")}`;
    throw new OptionInvalidError(`signals.${name}`, value, known);
  }
  const missing = signalsSurelyAwaited(graph).filter((name) => !Object.hasOwn(signals, name));
  if (missing.length > 0) throw new DryRunSignalMissingError(missing);
  return places.flatMap((name) => (Object.hasOwn(signals, name) ? [{ name, value: signals[name] }] : []));
}

/** The run may be past the place that waits for a signal, or over without it: its end tells what that means. */
function throwUnlessNeedless(error: unknown): void {
  if (!(error instanceof RunEndedError) && !(error instanceof SignalNotExpectedError)) throw error;
}

async function throwWithWaits(run: UntypedRun, timeoutMs: number, error: unknown): Promise<never> {
  if (!(error instanceof ResultTimedOutError)) throw error;
  const { nodes } = await run.status();
  const open = nodes.flatMap(({ node, state, waitsFor }) =>
    state === "blocked" || waitsFor === undefined ? [] : [{ node, waitsFor }],
  );
  // What lies around others waits for these.
  const inmost = open.filter((one) => !open.some((other) => isInside(other.node, one.node)));
  throw new DryRunTimedOutError(timeoutMs, inmost.slice(0, WAITS_SHOWN));
}

type Mock = (...args: unknown[]) => unknown;

function mocked(definition: TaskDefinition, handlers: NonNullable<PlanOptions["handlers"]>): TaskDefinition {
  const mock = handlers[definition.name] as Mock;
  const isFunc = definition.arity !== undefined;
  const handler = (input: unknown, ctx: TaskContext) => (isFunc ? mock(...(input as unknown[])) : mock(input, ctx));
  return { ...definition, handler };
}
