import { compile, encodeGraph, issuesText, storeGraph, validateInput } from "@arpeggio/core";
import type { AnyCanvas, CompiledWorkflow, HandlerReply, Transport } from "@arpeggio/core";
import type { Logger } from "./logger.ts";
import { untilDone } from "./patient-blobs.ts";
import { ReplacementInvalidError } from "./worker-errors.ts";

/** Graphs that are known to be stored. Storing one of those that are forgotten again is harmless. */
const GRAPHS_MAX = 1_000;

/** What {@link HandlerReply} is for `ctx.replaceWith`. */
export type Replacement = Extract<HandlerReply, { kind: "replacement" }>;

/** Makes what handlers give to `ctx.replaceWith` ready to run: the graph stored, its tasks known to this worker. */
export class Replacements {
  readonly #transport: Transport;
  readonly #log: Logger;
  readonly #register: (workflow: CompiledWorkflow) => Promise<void>;
  readonly #stored = new Set<string>();

  /** @param register has this worker run the tasks whose code the canvas brings along. */
  constructor(transport: Transport, log: Logger, register: (workflow: CompiledWorkflow) => Promise<void>) {
    this.#transport = transport;
    this.#log = log;
    this.#register = register;
  }

  /**
   * The hash of the graph, and the input as the canvas wants it.
   *
   * @throws ReplacementInvalidError, DuplicateTaskError, and what compiling throws.
   */
  async prepared(task: string, { canvas, input }: Replacement): Promise<{ graph: string; input: unknown }> {
    const workflow = compile<AnyCanvas>(canvas);
    const checked = await validateInput(workflow, input);
    if (!checked.ok) throw new ReplacementInvalidError(task, issuesText(checked.issues));
    await this.#register(workflow);
    await this.#store(workflow);
    return { graph: workflow.hash, input: checked.value };
  }

  async #store({ hash, graph }: CompiledWorkflow): Promise<void> {
    if (this.#stored.has(hash)) return;
    const encoded = encodeGraph(graph);
    await untilDone(this.#transport, this.#log, () => storeGraph(this.#transport, hash, encoded));
    this.#stored.add(hash);
    if (this.#stored.size <= GRAPHS_MAX) return;
    const [oldest] = this.#stored;
    if (oldest !== undefined) this.#stored.delete(oldest);
  }
}
