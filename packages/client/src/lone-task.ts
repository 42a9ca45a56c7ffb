import { encodeAttempt, INPUT_REF, labelsOfStep, partitionOf, queueOfStep, stepDefaults } from "@arpeggio/core";
import type { FirstAttempt, GraphNode, RunStarted, StepDefaults, WorkflowGraph } from "@arpeggio/core";

/** The only node of a graph, where nothing but the run's input is needed to say what its first attempt is. */
export interface LoneTask {
  readonly id: string;
  readonly task: string;
  readonly options: StepDefaults;
}

/** A start that is the message of its run's first attempt, too. */
export interface LoneStart {
  readonly start: RunStarted;
  readonly first: FirstAttempt;
  /** Of the message, and of the attempt. */
  readonly id: string;
}

/** What a node may have beside what every task has, for its start to say all of its first attempt. */
const KNOWN: ReadonlySet<string> = new Set(["id", "kind", "needs", "task", "input", "options", "keep"]);
const NO_INPUT = new Uint8Array(0);

export function loneTaskOf({ nodes }: WorkflowGraph): LoneTask | undefined {
  const [node] = nodes;
  if (node === undefined || nodes.length > 1 || node.kind !== "task" || !takesTheInput(node)) return undefined;
  // A graph of a later release may say more of a task than this one knows of.
  if (!Object.keys(node).every((key) => KNOWN.has(key))) return undefined;
  return { id: node.id, task: node.task, options: node.options ?? {} };
}

function takesTheInput(node: GraphNode & { readonly kind: "task" }): boolean {
  const { input } = node;
  return "ref" in input && input.ref === INPUT_REF && (input.path?.length ?? 0) === 0;
}

/** The start with its run's first attempt in it, as a coordinator would make that. */
export function loneStart(start: RunStarted, { id: nodePath, task, options }: LoneTask, partitions: number): LoneStart {
  const { run, defaults } = start;
  const timeoutMs = options.timeoutMs ?? defaults?.timeoutMs;
  const labels = labelsOfStep(options, start);
  const first = encodeAttempt({
    run,
    partition: partitionOf(run, partitions),
    node: 0,
    nodePath,
    attempt: 1,
    task,
    input: { kind: "value", payload: NO_INPUT },
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(labels === undefined ? {} : { labels }),
  });
  const queue = queueOfStep(options, defaults);
  const priority = options.priority ?? defaults?.priority ?? stepDefaults.priority;
  return { start: { ...start, first }, first: { queue, priority, runId: run }, id: `${run}:0:1` };
}
