import {
  checkedOptions,
  encodePayload,
  issuesText,
  jsonSchema,
  levelsOf,
  nearNames,
  offloadPayload,
  OptionInvalidError,
  randomToken,
  readGraph,
  validateInput,
} from "@arpeggio/core";
import type { Graph, RunEvent, SignalNode, Transport } from "@arpeggio/core";
import {
  NodeNotFoundError,
  RunEndedError,
  SignalNotExpectedError,
  SignalPayloadInvalidError,
} from "./control-errors.ts";
import type { OutcomeBoard } from "./outcome-board.ts";
import { askActiveRun } from "./run-question.ts";
import type { RunWatch } from "./run-watch.ts";

/** What to cancel, and why. Without `nodes` and `label` it is the whole run. */
export interface CancelOptions {
  /** Told in the failure of what was cancelled. */
  readonly reason?: string;
  /** Only the nodes with these paths, and what is in them. */
  readonly nodes?: readonly string[];
  /** Only the nodes with this label. */
  readonly label?: Readonly<Record<string, string>>;
  /** Of a whole run: whether the compensations of what has succeeded run first. @defaultValue `false` */
  readonly compensate?: boolean;
}

export interface RunSignalOptions {
  /**
   * Tells repeats of one signal: the run counts it once. For senders that try again, e.g. the id of a request.
   *
   * @defaultValue a new one each time.
   */
  readonly id?: string;
}

/** How often to ask whether a request was taken, and how long between, in milliseconds. */
const LOOKS = 20;
const LOOK_MS = 25;

/** Asks things of one run that is under way. */
export class RunControl {
  readonly #transport: Transport;
  readonly #board: OutcomeBoard;
  readonly #watch: RunWatch;
  readonly #append: (event: RunEvent) => Promise<void>;

  constructor(transport: Transport, board: OutcomeBoard, watch: RunWatch, append: (event: RunEvent) => Promise<void>) {
    this.#transport = transport;
    this.#board = board;
    this.#watch = watch;
    this.#append = append;
  }

  async cancelParts({ reason, nodes, label }: CheckedCancel): Promise<void> {
    const { run } = this.#watch;
    for (const path of nodes) {
      const reply = await this.#ask({ type: "node", run, node: path });
      if (reply.type !== "node" || reply.node.status !== undefined || reply.node.mayCome) continue;
      throw new NodeNotFoundError(run, path, nearNames(path, reply.node.known));
    }
    if (nodes.length === 0) await this.#ask({ type: "status", run, nodesMax: 0 });
    await this.#append({
      type: "nodes.cancel.requested",
      run,
      nodes,
      ...(label === undefined ? {} : { label }),
      reason,
    });
  }

  async pause(reason: string): Promise<void> {
    const { run } = this.#watch;
    await this.#ask({ type: "status", run, nodesMax: 0 });
    await this.#append({ type: "run.pause.requested", run, reason });
    await this.#untilPaused(true);
  }

  async resume(): Promise<void> {
    const { run } = this.#watch;
    await this.#ask({ type: "status", run, nodesMax: 0 });
    await this.#append({ type: "run.resume.requested", run });
    await this.#untilPaused(false);
  }

  async signal(name: string, value: unknown, options: RunSignalOptions): Promise<void> {
    const { id = randomToken(16) } = checkedOptions("the options of signal()", options, ["id"]);
    if (typeof name !== "string") throw new OptionInvalidError("name", name, "the name of a signal");
    if (typeof id !== "string" || id === "") throw new OptionInvalidError("id", id, "a text that is not empty");
    const { run } = this.#watch;
    const payload = encodePayload(value ?? null);
    const reply = await this.#ask({ type: "signal", run, signal: name });
    if (reply.type !== "signal" || reply.signal.expected === "no") {
      throw new SignalNotExpectedError(run, name, reply.type === "signal" ? reply.signal.known : []);
    }
    await this.#checkPayload(name, value ?? null, reply.signal.graphs);
    const { limits, blobs } = this.#transport;
    const key = `${run}/signal-${randomToken(16)}`;
    const stored = await offloadPayload(payload, { inlineBytesMax: limits.inlineBytesMax, blobs, key });
    await this.#append({ type: "signal.received", run, signal: name, id, payload: stored });
  }

  #ask(request: Parameters<typeof askActiveRun>[3]) {
    return askActiveRun(this.#transport, this.#board, this.#watch, request);
  }

  /** Whoever asks for the status next is to see what was asked for before. Not certain: another one may undo it. */
  async #untilPaused(isPaused: boolean): Promise<void> {
    const { run } = this.#watch;
    for (let looks = 1; looks <= LOOKS; looks++) {
      try {
        const reply = await this.#ask({ type: "status", run, nodesMax: 0 });
        if (reply.type === "status" && (reply.status.paused !== undefined) === isPaused) return;
      } catch (error) {
        if (error instanceof RunEndedError) return;
        throw error;
      }
      await new Promise<void>((resolve) => void this.#transport.clock.after(LOOK_MS, resolve));
    }
  }

  /** The value has to fit one of the nodes of this name. */
  async #checkPayload(name: string, value: unknown, hashes: readonly string[]): Promise<void> {
    let issues: string | undefined;
    for (const hash of hashes) {
      const graph = await readGraph(this.#transport, hash);
      for (const { schema } of graph === undefined ? [] : signalsIn(graph, name)) {
        const result = await validateInput(schema === undefined ? {} : { inputSchema: jsonSchema(schema) }, value);
        if (result.ok) return;
        issues ??= issuesText(result.issues);
      }
    }
    if (issues !== undefined) throw new SignalPayloadInvalidError(name, issues);
  }
}

function signalsIn(graph: Graph, name: string): readonly SignalNode[] {
  const found: SignalNode[] = [];
  const open: Graph[] = [graph];
  for (let level = open.pop(); level !== undefined; level = open.pop()) {
    for (const node of level.nodes) {
      if (node.kind === "signal" && node.signal === name) found.push(node);
      for (const [, inner] of levelsOf(node)) open.push(inner);
    }
  }
  return found;
}

export interface CheckedCancel {
  readonly reason: string;
  readonly nodes: readonly string[];
  readonly label: readonly [key: string, value: string] | undefined;
  readonly compensate: boolean;
  /** Whether it is only parts of the run. */
  readonly isPartial: boolean;
}

/** @throws OptionInvalidError */
export function checkedCancel(given: string | CancelOptions): CheckedCancel {
  const options = typeof given === "string" ? { reason: given } : given;
  const known = ["reason", "nodes", "label", "compensate"];
  const {
    reason = "cancelled by a client",
    nodes = [],
    label,
    compensate = false,
  } = checkedOptions("the options of cancel()", options, known);
  if (typeof reason !== "string") throw new OptionInvalidError("reason", reason, "a text");
  if (!Array.isArray(nodes) || nodes.some((one) => typeof one !== "string"))
    throw new OptionInvalidError("nodes", nodes, "a list of paths of nodes");
  if (typeof compensate !== "boolean") throw new OptionInvalidError("compensate", compensate, "true or false");
  const isPartial = nodes.length > 0 || label !== undefined;
  if (isPartial && compensate) throw new OptionInvalidError("compensate", compensate, "no nodes and no label with it");
  return { reason, nodes, label: label === undefined ? undefined : oneLabel(label), compensate, isPartial };
}

/** The one label of an object such as `{ tenant: "42" }`. @throws OptionInvalidError */
export function oneLabel(label: unknown): readonly [key: string, value: string] {
  const entries = typeof label === "object" && label !== null ? Object.entries(label) : [];
  const [first] = entries;
  if (first === undefined || entries.length > 1 || typeof first[1] !== "string")
    throw new OptionInvalidError("label", label, 'one label, such as { tenant: "42" }');
  return [first[0], first[1]];
}
